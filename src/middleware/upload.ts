import { parse } from 'content-disposition';
import { decodeField, type MultipartError, make } from 'multipasta';
import { Refusal } from '../refusal.ts';

const CHUNK = 256 * 1024;
const OVERHEAD = 64 * 1024;
const FIELD = 16 * 1024;
const PARTS = 16;

/** A file that arrives: its bytes follow in chunks, and the form's fields are whole when those have ended. */
export type Arriving = { filename: string; chunks: AsyncGenerator<Uint8Array>; fields: ReadonlyMap<string, string> };

type Wanted = { part: string; maxBytes: number };

const tooLarge = (maxBytes: number) => new Refusal('too_large', `The file is larger than ${maxBytes} bytes.`);

const refusalOf = (error: MultipartError, maxBytes: number) => {
  if (error._tag !== 'ReachedLimit') return new Refusal('malformed', 'The multipart body cannot be read, or ends too early.');
  if (error.limit === 'MaxParts') return new Refusal('too_large', `The form has more than ${PARTS} parts.`);
  if (error.limit === 'MaxFieldSize') return new Refusal('too_large', `A field of the form is larger than ${FIELD} bytes.`);
  return tooLarge(maxBytes);
};

/** The body in chunks of up to 256 KiB; the default reader hands over 4 KiB at a time. */
async function* chunksOf(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader({ mode: 'byob' });
  try {
    for (;;) {
      const { value, done } = await reader.readAtLeast(CHUNK, new Uint8Array(CHUNK)).catch((cause) => {
        throw new Refusal('malformed', 'The body ended before it was whole.', { cause });
      });
      if (value?.byteLength) yield value;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** A part's names as clients write them; the parser's own reading gives up on characters beyond Latin-1. */
const namesOf = ({ headers }: { headers: Record<string, string | string[]> }) => {
  const { name, filename } = parse(String(headers['content-disposition'] ?? ''), { multipart: true }).parameters;
  return { name, filename };
};

const wrong = (part: string, detail: string) => new Refusal('invalid', detail, { errors: [{ pointer: `#/${part}`, detail }] });

/**
 * Reads a `multipart/form-data` body (RFC 7578) as it arrives, up to where its one file begins. The limit holds as the bytes come: a body
 * that says or turns out to be larger is refused without being read on. What is wrong behind the file's beginning is thrown by its chunks.
 * @throws Refusal `unsupported_type`, `malformed`, `too_large`, `invalid`
 */
export const openUpload = async (request: Request, { part, maxBytes }: Wanted): Promise<Arriving> => {
  const headers = Object.fromEntries(request.headers);
  if (!/^multipart\/form-data\b/i.test(headers['content-type'] ?? '') || !request.body)
    throw new Refusal('unsupported_type', `Send multipart/form-data with the file as its part \`${part}\`.`);
  if (Number(headers['content-length'] ?? 0) > maxBytes + OVERHEAD) throw tooLarge(maxBytes);

  let refusal: Refusal | undefined;
  let filename: string | undefined;
  let pieces: Uint8Array[] = [];
  const fields = new Map<string, string>();
  const parser = make({
    headers,
    maxParts: PARTS,
    maxPartSize: maxBytes,
    maxTotalSize: maxBytes + OVERHEAD,
    maxFieldSize: FIELD,
    isFile: (info) => namesOf(info).name === part || namesOf(info).filename !== undefined,
    onField: (info, value) => {
      fields.set(namesOf(info).name ?? '', decodeField(info, value));
    },
    onFile: (info) => {
      const names = namesOf(info);
      if (names.name !== part) refusal ??= wrong(part, `The file is in the part \`${names.name}\`; it belongs into \`${part}\`.`);
      if (filename !== undefined) refusal ??= wrong(part, 'Send one file at a time.');
      filename = names.filename ?? '';
      return (chunk) => {
        if (chunk) pieces.push(chunk);
      };
    },
    onError: (error) => {
      refusal ??= refusalOf(error, maxBytes);
    },
    onDone: () => {},
  });

  async function* read(body: ReadableStream<Uint8Array>) {
    for await (const chunk of chunksOf(body)) {
      parser.write(chunk);
      if (refusal) throw refusal;
      yield* pieces;
      pieces = [];
    }
    parser.end();
    if (refusal) throw refusal;
    if (filename === undefined) throw wrong(part, `The form has no part \`${part}\`.`);
    yield* pieces;
  }
  const chunks = read(request.body);
  const first = await chunks.next();
  async function* whole() {
    if (first.done) return;
    yield first.value;
    yield* chunks;
  }
  return { filename: (filename ?? '').normalize('NFC').toWellFormed(), chunks: whole(), fields };
};

/** The whole of a file that is small enough to be held. */
export const readWhole = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
};
