import { Buffer } from 'node:buffer';
import { parse } from 'content-disposition';
import { decodeField, type MultipartError, make } from 'multipasta';
import { ApiError } from '../errors.ts';
import { type BodyTimeouts, chunksOf } from './body.ts';

const OVERHEAD = 64 * 1024;
const FIELD = 16 * 1024;
/** Parts beside the files, and a field for each. */
const PARTS = 16;
/** What Cloudflare lets through by itself on most plans. */
const MOST_FORM = 100 * 1024 * 1024;

/** Where a file of a form begins. */
export type Head = { filename: string; fields: Map<string, string>; refusal: ApiError | undefined };

export type Wanted = {
  /** The name of the parts that are files. */
  part: string;
  /** Of each file. */
  maxBytes: number;
  maxFiles: number;
  timeouts: BodyTimeouts;
};

export const tooLarge = (maxBytes: number) =>
  new ApiError('too_large', `The file is larger than ${maxBytes} bytes.`);

const refusalOf = (error: MultipartError, { maxBytes, maxFiles }: Wanted) => {
  if (error._tag !== 'ReachedLimit')
    return new ApiError('malformed', 'The multipart body cannot be read, or ends too early.');
  if (error.limit === 'MaxParts') return new ApiError('too_large', 'The form has too many parts.');
  if (error.limit === 'MaxFieldSize')
    return new ApiError('too_large', `A field of the form is larger than ${FIELD} bytes.`);
  return maxFiles === 1
    ? tooLarge(maxBytes)
    : new ApiError('too_large', `The form is larger than ${MOST_FORM} bytes.`);
};

/**
 * The body up to its closing delimiter, which is never cut in two: the parser takes a lone dash of it for the head of another part, and
 * what follows it for more parts.
 */
async function* untilClosed(chunks: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Uint8Array> {
  const closing = Buffer.from(`\r\n--${boundary}--`);
  const keep = closing.length - 1;
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const seam = Buffer.concat([held, bytes.subarray(0, keep)]);
    if (bytes.length < keep || seam.includes(closing)) {
      bytes = Buffer.concat([held, bytes]);
      held = Buffer.alloc(0);
    }
    const at = bytes.indexOf(closing);
    if (held.length > 0) yield held;
    if (at >= 0) {
      yield bytes.subarray(0, at + closing.length);
      return;
    }
    held = Buffer.from(bytes.subarray(Math.max(0, bytes.length - keep)));
    if (held.length < bytes.length) yield bytes.subarray(0, bytes.length - held.length);
  }
  yield held;
}

/** A part's names as clients write them; the parser's own reading gives up on characters beyond Latin-1. */
const namesOf = ({ headers }: { headers: Record<string, string | string[]> }) => {
  const { name, filename } = parse(String(headers['content-disposition'] ?? ''), {
    multipart: true,
  }).parameters;
  return { name, filename };
};

const wrong = (part: string, detail: string) =>
  new ApiError('invalid', detail, { errors: [{ field: part, detail }] });

const boundaryOf = (contentType: string) => {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s"]+))/i.exec(contentType) ?? [];
  return quoted ?? plain;
};

/** The heads of a form's files, each followed by its bytes. @throws ApiError `unsupported_type`, `malformed`, `too_large`, `invalid` */
export async function* readForm(request: Request, wanted: Wanted): AsyncGenerator<Head | Uint8Array> {
  const { part, maxBytes, maxFiles } = wanted;
  const contentType = request.headers.get('Content-Type') ?? '';
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(contentType) || !request.body)
    throw new ApiError('unsupported_type', `Send multipart/form-data with the file as its part \`${part}\`.`);
  const boundary = boundaryOf(contentType);
  if (!boundary) throw new ApiError('malformed', 'The Content-Type names no boundary.');
  const maxTotalSize = Math.max(maxBytes, Math.min(maxFiles * maxBytes, MOST_FORM)) + OVERHEAD;
  if (Number(request.headers.get('Content-Length') ?? 0) > maxTotalSize) throw tooLarge(maxBytes);

  let refusal: ApiError | undefined;
  let last: Head | undefined;
  let files = 0;
  let closed = false;
  let fields = new Map<string, string>();
  let read: (Head | Uint8Array)[] = [];
  const parser = make({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    maxParts: 2 * maxFiles + PARTS,
    maxTotalSize,
    maxFieldSize: FIELD,
    isFile: (info) => namesOf(info).name === part || namesOf(info).filename !== undefined,
    onField: (info, value) => {
      fields.set(namesOf(info).name ?? '', decodeField(info, value));
    },
    onFile: (info) => {
      const { name, filename = '' } = namesOf(info);
      const fault =
        name !== part
          ? wrong(part, `The file is in the part \`${name}\`; it belongs into \`${part}\`.`)
          : ++files > maxFiles
            ? wrong(
                part,
                maxFiles === 1 ? 'Send one file at a time.' : `Send ${maxFiles} files at a time at most.`,
              )
            : undefined;
      if (maxFiles === 1) refusal ??= fault;
      last = { filename: filename.normalize('NFC').toWellFormed(), fields, refusal: fault };
      fields = new Map();
      if (!refusal) read.push(last);
      return (chunk) => {
        if (chunk && !refusal) read.push(chunk);
      };
    },
    onError: (error) => {
      refusal ??= refusalOf(error, wanted);
    },
    onDone: () => {
      closed = true;
      for (const [name, value] of fields) if (last && !last.fields.has(name)) last.fields.set(name, value);
    },
  });
  const write = (chunk: Uint8Array) => {
    try {
      parser.write(chunk);
    } catch (cause) {
      refusal ??= new ApiError('malformed', 'The head of a part cannot be read.', { cause });
    }
  };
  for await (const chunk of untilClosed(chunksOf(request.body, maxBytes, wanted.timeouts), boundary)) {
    write(chunk);
    yield* read;
    read = [];
    if (refusal) throw refusal;
  }
  parser.end();
  if (!closed) refusal ??= new ApiError('malformed', 'The multipart body ends too early.');
  if (refusal) throw refusal;
  if (!last) throw wrong(part, `The form has no part \`${part}\`.`);
}
