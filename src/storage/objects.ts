import { createHash } from 'node:crypto';
import type { Settings } from '../env.ts';
import { unavailable } from '../errors.ts';
import { openPart } from './partBuffer.ts';
import { type RequestBudget, withTimeout } from './requestBudget.ts';

/** The most keys that R2 deletes by one call. */
const MAX_KEYS = 1_000;

type Tools = { bucket: R2Bucket; budget: RequestBudget; settings: Settings };

/** Waits for R2's first answer, at most `R2_TIMEOUT_MS`. What was sent may still take effect later: an intent outlives it. */
const ask = <T>({ budget, settings }: Tools, work: () => Promise<T>): Promise<T> =>
  budget.track('r2', () =>
    withTimeout(settings.R2_TIMEOUT_MS, 'R2', work).catch((error) => {
      throw unavailable(error);
    }),
  );

/** An object's key is ours and opaque; a name that a user gave is only data. */
export const newObjectKey = (kind: 'photos' | 'files', accountId: number) =>
  `${kind}/${accountId}/${crypto.randomUUID()}`;

/** Stores what is at hand as a whole. */
export const putObject = (tools: Tools, key: string, bytes: Uint8Array, contentType: string) =>
  ask(tools, () => tools.bucket.put(key, bytes, { httpMetadata: { contentType } }));

type Streaming = {
  chunks: AsyncIterable<Uint8Array>;
  contentType: string;
  /** Awaited before R2 is asked for anything. */
  begin: () => Promise<unknown>;
  /** Learns of a multipart upload, so that the sweep can abort it. */
  onUpload: (uploadId: string) => Promise<unknown>;
};

/** An object's size in bytes, and its SHA-256 in base64. */
export type Stored = { bytes: number; sha256: string };

/**
 * Stores what arrives, of unknown length, while it arrives: in one go where it fits into a part, as a multipart upload else. No more than
 * a part is held. Whatever fails, no object is left, unless R2 itself does not answer.
 */
export const streamObject = async (
  tools: Tools,
  key: string,
  { chunks, contentType, begin, onUpload }: Streaming,
): Promise<Stored> => {
  const options = { httpMetadata: { contentType } };
  const part = openPart(tools.settings);
  const hash = createHash('sha256');
  const parts: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | undefined;
  let bytes = 0;
  const flush = async () => {
    if (!upload) {
      await begin();
      const created = await ask(tools, () => tools.bucket.createMultipartUpload(key, options));
      upload = created;
      await onUpload(created.uploadId);
    }
    const open = upload;
    parts.push(await ask(tools, () => open.uploadPart(parts.length + 1, part.bytes())));
    part.clear();
    return open;
  };
  try {
    for await (const chunk of chunks) {
      tools.budget.extendFor(chunk.length);
      hash.update(chunk);
      bytes += chunk.length;
      for (let rest = chunk; rest.length > 0; ) {
        if (part.isWhole()) await flush();
        rest = await part.add(rest);
      }
    }
    const digest = hash.digest();
    if (upload) {
      const open = await flush();
      await ask(tools, () => open.complete(parts));
    } else {
      await begin();
      await ask(tools, () =>
        tools.bucket.put(key, part.bytes(), { ...options, sha256: new Uint8Array(digest) }),
      );
    }
    part.clear();
    return { bytes, sha256: digest.toString('base64') };
  } catch (error) {
    const open = upload as R2MultipartUpload | undefined;
    part.drop();
    if (open) await ask(tools, () => open.abort()).catch(() => {}); // the sweep aborts it else
    throw error;
  }
};

/** Ends multipart uploads that nobody will complete; one that is over already is no error. */
export const abortUploads = (tools: Tools, uploads: { key: string; uploadId: string }[]) =>
  Promise.allSettled(
    uploads.map(({ key, uploadId }) =>
      ask(tools, () => tools.bucket.resumeMultipartUpload(key, uploadId).abort()),
    ),
  );

/** The part of so many bytes that a range selects (RFC 9110 §14.1.2), or undefined where it selects none. */
export const fitRange = (range: R2Range, size: number): { offset: number; length: number } | undefined => {
  const offset = 'suffix' in range ? Math.max(0, size - range.suffix) : (range.offset ?? 0);
  const length = Math.min(size - offset, 'suffix' in range ? size : (range.length ?? size));
  return length > 0 ? { offset, length } : undefined;
};

type Reading = {
  range?: R2Range | undefined;
  /** The entity tag, without quotes, of a state whose bytes are not wanted. */
  unless?: string | undefined;
};

/**
 * The object with its body as a stream, or null. It comes without a body where that is not wanted, and may where the range selects none:
 * of such a range R2 makes an error.
 */
export const getObject = (
  tools: Tools,
  key: string,
  { range, unless }: Reading = {},
): Promise<R2ObjectBody | R2Object | null> =>
  ask(tools, async () => {
    const options = { ...(range && { range }), ...(unless && { onlyIf: { etagDoesNotMatch: unless } }) };
    try {
      return await tools.bucket.get(key, options);
    } catch (error) {
      const found = range && (await tools.bucket.head(key));
      if (found && !fitRange(range, found.size)) return found;
      throw error;
    }
  });

/** The object without its body, or null. */
export const headObject = (tools: Tools, key: string) => ask(tools, () => tools.bucket.head(key));

/** Deletes these objects, by one call for each 1,000; those that are not there count as deleted. */
export const deleteObjects = async (tools: Tools, keys: string[]): Promise<void> => {
  for (let from = 0; from < keys.length; from += MAX_KEYS)
    await ask(tools, () => tools.bucket.delete(keys.slice(from, from + MAX_KEYS)));
};
