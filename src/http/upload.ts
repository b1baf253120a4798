import type { ApiError } from '../errors.ts';
import { type BodyTimeouts, chunksOf } from './body.ts';
import { type FileHead, type FormFiles, readForm, tooLarge } from './form.ts';
import { refuseEncoding } from './mediaTypes.ts';

/** A file of a form, while it arrives. */
export type IncomingFile = FileHead & {
  /** @throws ApiError for what is wrong with the file, or with the form after its beginning */
  chunks: AsyncIterable<Uint8Array>;
  /** Reads what is left of the file, and says whether it was too large. It never throws. */
  finish: () => Promise<ApiError | undefined>;
};

const openFile = (
  head: FileHead,
  maxBytes: number,
  read: () => Promise<Uint8Array | undefined>,
): IncomingFile => {
  let size = 0;
  let ended = false;
  const readChunk = async () => {
    const chunk = ended ? undefined : await read();
    if (!chunk) ended = true;
    size += chunk?.length ?? 0;
    return chunk;
  };
  async function* readChunks() {
    for (let chunk = await readChunk(); chunk; chunk = await readChunk()) {
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  }
  const drain = async () => {
    while (await readChunk());
  };
  return {
    ...head,
    chunks: readChunks(),
    finish: async () => {
      await drain().catch(() => {}); // a form that breaks here is the fault of no further file
      return size > maxBytes ? tooLarge(maxBytes) : undefined;
    },
  };
};

/**
 * The files of a `multipart/form-data` body (RFC 7578), one after the other as they arrive. None is held whole. What the caller does
 * not read of a file is drained before the next one. @throws ApiError `unsupported_type`, `malformed`, `too_large`, `invalid`
 */
export async function* receiveFiles(request: Request, wanted: FormFiles): AsyncGenerator<IncomingFile> {
  const form = readForm(request, wanted);
  let head: FileHead | undefined;
  const read = async () => {
    const { value } = await form.next();
    if (value instanceof Uint8Array) return value;
    head = value || undefined;
    return undefined;
  };
  try {
    await read();
    while (head) {
      const file = openFile(head, wanted.maxBytes, read);
      head = undefined;
      yield file;
      await file.finish();
    }
  } finally {
    await form.return(undefined);
  }
}

/** Hands over the one file of a form, as it arrives. @throws ApiError as `receiveFiles` does, and for a second file */
export const receiveFile = async <T>(
  request: Request,
  wanted: Omit<FormFiles, 'maxFiles'>,
  use: (file: IncomingFile) => Promise<T>,
): Promise<T> => {
  for await (const file of receiveFiles(request, { ...wanted, maxFiles: 1 })) return await use(file);
  throw new Error('readForm refuses a form without files');
};

/** A body that is a file itself, as it arrives. @throws ApiError `too_large`, `unsupported_type`; `malformed` if it is cut off */
export async function* receiveBody(
  request: Request,
  maxBytes: number,
  timeouts: BodyTimeouts,
): AsyncGenerator<Uint8Array> {
  refuseEncoding(request);
  if (Number(request.headers.get('Content-Length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  let size = 0;
  for await (const chunk of request.body ? chunksOf(request.body, 2 * maxBytes, timeouts) : []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}
