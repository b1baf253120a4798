/**
 * Why an image was refused. `message` is a sentence for the person who sent it. `code` is stable:
 * - `unsupported`: the file is not an image in one of the five formats.
 * - `invalid`: the image is damaged, cut off, or larger than the limit.
 */
export class ImageError extends Error {
  override name = 'ImageError';
  readonly code: 'unsupported' | 'invalid';

  constructor(code: ImageError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export const invalid = (message: string) => new ImageError('invalid', message);
