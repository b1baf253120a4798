import type { ApiError } from '../errors.ts';
import { type BodyTimeouts, chunksOf } from './body.ts';
import { type Head, readForm, tooLarge, type Wanted } from './form.ts';

/** A file that arrives. When its chunks have ended, `fields` has what the form says of it: the fields before it, and behind the last. */
export type Arriving = {
  filename: string;
  chunks: AsyncGenerator<Uint8Array>;
  fields: ReadonlyMap<string, string>;
  /** Why this one of several is not wanted. */
  refusal: ApiError | undefined;
  /** Known when the next file is asked for: of a file that was refused before it was read whole. @throws ApiError `too_large` */
  expectSize: () => void;
};

const isHead = (read: Head | Uint8Array): read is Head => 'filename' in read;

/**
 * The files of a `multipart/form-data` body (RFC 7578), one after the other as they arrive: none is held whole, and what is not read of
 * one is read on before the next. The limits hold as the bytes come. What is wrong with a file or behind its beginning is thrown by its
 * chunks. @throws ApiError `unsupported_type`, `malformed`, `too_large`, `invalid`
 */
export async function* receiveFiles(request: Request, wanted: Wanted): AsyncGenerator<Arriving> {
  const { maxBytes } = wanted;
  const form = readForm(request, wanted);
  try {
    const { value } = await form.next();
    let head: Head | undefined = value && isHead(value) ? value : undefined;
    while (head) {
      const { filename, fields, refusal }: Head = head;
      let ended = false;
      let size = 0;
      const read = async (): Promise<Uint8Array | undefined> => {
        if (ended) return undefined;
        const { value } = await form.next();
        if (value && !isHead(value)) {
          size += value.length;
          return value;
        }
        ended = true;
        head = value || undefined;
        return undefined;
      };
      async function* chunks() {
        for (let chunk = await read(); chunk; chunk = await read()) {
          expectSize();
          yield chunk;
        }
      }
      const expectSize = () => {
        if (size > maxBytes) throw tooLarge(maxBytes);
      };
      yield { filename, fields, refusal, chunks: chunks(), expectSize };
      try {
        while (await read());
      } catch (error) {
        if (size > maxBytes) return; // it is said of this file already
        throw error;
      }
    }
  } finally {
    await form.return(undefined);
  }
}

/** Hands over the one file of a form, as it arrives. @throws ApiError as `receiveFiles` does, and for a second file */
export const receiveFile = async <T>(
  request: Request,
  wanted: Omit<Wanted, 'maxFiles'>,
  use: (file: Arriving) => Promise<T>,
): Promise<T> => {
  for await (const file of receiveFiles(request, { ...wanted, maxFiles: 1 })) return await use(file);
  throw new Error('A form without files is refused before');
};

/** A body that is a file itself, as it arrives. @throws ApiError `too_large`; `malformed` where it is cut */
export async function* receiveBody(
  request: Request,
  maxBytes: number,
  timeouts: BodyTimeouts,
): AsyncGenerator<Uint8Array> {
  if (Number(request.headers.get('Content-Length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  let size = 0;
  for await (const chunk of request.body ? chunksOf(request.body, 2 * maxBytes, timeouts) : []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}
