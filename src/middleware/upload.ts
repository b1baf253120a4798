import { Buffer } from 'node:buffer';
import { parse } from 'content-disposition';
import { decodeField, type MultipartError, make } from 'multipasta';
import { Refusal } from '../refusal.ts';
import { chunksOf } from './body.ts';

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

/**
 * The body up to its closing delimiter, which is never cut in two: the parser takes a lone dash of it for the head of another part, and
 * what follows it for more parts.
 */
async function* untilClosed(chunks: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Uint8Array> {
  const closing = Buffer.from(`\r\n--${boundary}--`);
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const joined = Buffer.concat([held, chunk]);
    const at = joined.indexOf(closing);
    if (at >= 0) {
      yield joined.subarray(0, at + closing.length);
      return;
    }
    const sure = Math.max(0, joined.length - closing.length + 1);
    yield joined.subarray(0, sure);
    held = joined.subarray(sure);
  }
  yield held;
}

/** A part's names as clients write them; the parser's own reading gives up on characters beyond Latin-1. */
const namesOf = ({ headers }: { headers: Record<string, string | string[]> }) => {
  const { name, filename } = parse(String(headers['content-disposition'] ?? ''), { multipart: true }).parameters;
  return { name, filename };
};

const wrong = (part: string, detail: string) => new Refusal('invalid', detail, { errors: [{ pointer: `#/${part}`, detail }] });

const boundaryOf = (contentType: string) => {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s"]+))/i.exec(contentType) ?? [];
  return quoted ?? plain;
};

/**
 * Reads a `multipart/form-data` body (RFC 7578) as it arrives, up to where its one file begins. The limit holds as the bytes come: a body
 * that says or turns out to be larger is refused without being read on. What is wrong behind the file's beginning is thrown by its chunks.
 * @throws Refusal `unsupported_type`, `malformed`, `too_large`, `invalid`
 */
export const openUpload = async (request: Request, { part, maxBytes }: Wanted): Promise<Arriving> => {
  const contentType = request.headers.get('Content-Type') ?? '';
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(contentType) || !request.body)
    throw new Refusal('unsupported_type', `Send multipart/form-data with the file as its part \`${part}\`.`);
  const boundary = boundaryOf(contentType);
  if (!boundary) throw new Refusal('malformed', 'The Content-Type names no boundary.');
  if (Number(request.headers.get('Content-Length') ?? 0) > maxBytes + OVERHEAD) throw tooLarge(maxBytes);

  let refusal: Refusal | undefined;
  let filename: string | undefined;
  let size = 0;
  let closed = false;
  let pieces: Uint8Array[] = [];
  const fields = new Map<string, string>();
  const parser = make({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    maxParts: PARTS,
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
        if (!chunk) return;
        size += chunk.length;
        if (size > maxBytes) refusal ??= tooLarge(maxBytes);
        pieces.push(chunk);
      };
    },
    onError: (error) => {
      refusal ??= refusalOf(error, maxBytes);
    },
    onDone: () => {
      closed = true;
    },
  });
  const write = (chunk: Uint8Array) => {
    try {
      parser.write(chunk);
    } catch (cause) {
      refusal ??= new Refusal('malformed', 'The head of a part cannot be read.', { cause });
    }
    if (refusal) throw refusal;
  };

  async function* read(body: ReadableStream<Uint8Array>) {
    for await (const chunk of untilClosed(chunksOf(body, 2 * maxBytes), boundary as string)) {
      write(chunk);
      yield* pieces;
      pieces = [];
    }
    parser.end();
    if (!closed) refusal ??= new Refusal('malformed', 'The multipart body ends too early.');
    if (refusal) throw refusal;
    if (filename === undefined) throw wrong(part, `The form has no part \`${part}\`.`);
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
