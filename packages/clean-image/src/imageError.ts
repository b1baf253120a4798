/** Why an image is refused: `unsupported` is not an image that this package reads; `invalid` is one that is broken or over a limit. */
export class ImageError extends Error {
  override name = 'ImageError';
  readonly code: 'unsupported' | 'invalid';

  constructor(code: ImageError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
