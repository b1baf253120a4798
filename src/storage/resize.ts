import { readWhole } from './bytes.ts';
import { type RequestBudget, withTimeout } from './requestBudget.ts';

const PATIENCE = 20_000;

/** The largest result that is taken, in bytes: it is held whole, because R2 wants to know its length. */
const MOST = 8 * 1024 * 1024;

type Tools = { images: ImagesBinding; budget: RequestBudget };

export type Shrinking = { width: number; height?: number; format: 'webp' | 'jpeg' | 'avif' };

/** The code alone: messages of Images hold paths and stacks. */
const failure = (error: unknown) => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return new Error(typeof code === 'number' ? `Images failed with code ${code}` : 'Images failed');
};

/**
 * The image in this format, upright, without its metadata, and at most so many pixels wide and high: a smaller one keeps its size. Takes 20 s
 * at most. @throws Error for what cannot be decoded or encoded, with nothing of what Images says but its code
 */
export const shrinkImage = (
  { images, budget }: Tools,
  image: ReadableStream<Uint8Array>,
  { format, ...size }: Shrinking,
) =>
  budget.track('images', () =>
    withTimeout(PATIENCE, 'Images', async () => {
      try {
        const made = await images
          .input(image)
          .transform({ ...size, fit: 'scale-down' })
          .output({ format: `image/${format}`, ...(format === 'jpeg' && { background: '#ffffff' }) });
        if (made.contentType() !== `image/${format}`) throw new Error('Another format came back');
        return await readWhole(made.image(), MOST, () => new Error(`The result has more than ${MOST} bytes`));
      } catch (error) {
        throw failure(error);
      }
    }),
  );
