import { unavailable } from '../refusal.ts';
import type { Waiting } from './waiting.ts';

const PATIENCE = 10_000;

type Tools = { bucket: R2Bucket; waiting: Waiting };

/** Waits for R2's first answer, 10 s at most. What was sent may still take effect later: an intent outlives it. */
const ask = <T>({ waiting }: Tools, work: () => Promise<T>): Promise<T> =>
  waiting.on('r2', async () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`R2 gave no answer in ${PATIENCE} ms`)), PATIENCE);
    });
    try {
      return await Promise.race([work(), late]);
    } catch (error) {
      throw unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  });

/** An object's key is ours and opaque; a name that a user gave is only data. */
export const newObjectKey = (kind: 'photos', accountId: number) => `${kind}/${accountId}/${crypto.randomUUID()}`;

export const putObject = (tools: Tools, key: string, bytes: Uint8Array, contentType: string) =>
  ask(tools, () => tools.bucket.put(key, bytes, { httpMetadata: { contentType } }));

/** The object with its body as a stream, or null. */
export const getObject = (tools: Tools, key: string) => ask(tools, () => tools.bucket.get(key));

/** Deletes up to 1,000 objects; those that are not there count as deleted. */
export const deleteObjects = (tools: Tools, keys: string[]) => ask(tools, () => tools.bucket.delete(keys));
