import type { Settings } from '../env.ts';
import { readWhole } from './bytes.ts';
import { type RequestBudget, withTimeout } from './requestBudget.ts';

/** The largest result that is taken, in bytes: it is held whole, because R2 wants to know its length. */
const MAX_BYTES = 8 * 1024 * 1024;

type Tools = { images: ImagesBinding; budget: RequestBudget; settings: Settings };

export type Shrinking = { width: number; height?: number; format: 'webp' | 'jpeg' | 'avif' };

/** Images refused this picture, and would refuse it again. */
export class UnreadableImage extends Error {}

/** The code alone: messages of Images hold paths and stacks. */
const failure = (error: unknown) => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number'
    ? new UnreadableImage(`Images failed with code ${code}`)
    : new Error('Images failed');
};

/**
 * The image in this format, upright, without its metadata, and at most so many pixels wide and high: a smaller one keeps its size. Takes
 * `IMAGES_TIMEOUT_MS` at most. @throws Error for what cannot be decoded or encoded, with nothing of what Images says but its code
 */
export const shrinkImage = (
  { images, budget, settings }: Tools,
  image: ReadableStream<Uint8Array>,
  { format, ...size }: Shrinking,
) =>
  budget.track('images', () =>
    withTimeout(settings.IMAGES_TIMEOUT_MS, 'Images', async () => {
      try {
        const made = await images
          .input(image)
          .transform({ ...size, fit: 'scale-down' })
          .output({ format: `image/${format}`, ...(format === 'jpeg' && { background: '#ffffff' }) });
        if (made.contentType() !== `image/${format}`) throw new Error('Another format came back');
        return await readWhole(
          made.image(),
          MAX_BYTES,
          () => new Error(`The result has more than ${MAX_BYTES} bytes`),
        );
      } catch (error) {
        throw failure(error);
      }
    }),
  );
