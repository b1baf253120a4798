import { Buffer } from 'node:buffer';
import { parse } from 'content-disposition';
import { ApiError } from '../errors.ts';

/** What the header of a part says (RFC 7578 §4.2). */
export type PartHead = { name: string; filename: string | undefined; charset: string };

/** Between two parts. */
const DELIMITER = Symbol('delimiter');

const MAX_HEAD_BYTES = 16 * 1024;
/** White space that may follow a boundary. */
const MAX_PADDING_BYTES = 256;
const LINE_BREAK = Buffer.from('\r\n');

const malformed = (message: string) => new ApiError('malformed', message);

type Found = {
  /** Where the delimiter begins. */
  at: number;
  /** Where the text after it begins; `undefined` while too few bytes are known to say. */
  end?: number;
  isLast?: boolean;
};

/** The first delimiter at or after `from`. The boundary followed by other text is no delimiter. */
const findDelimiter = (bytes: Buffer, delimiter: Buffer, from: number): Found | undefined => {
  for (let at = bytes.indexOf(delimiter, from); at >= 0; at = bytes.indexOf(delimiter, at + 1)) {
    const end = at + delimiter.length;
    const line = bytes.toString('latin1', end, end + MAX_PADDING_BYTES);
    if (line.startsWith('--')) return { at, end, isLast: true };
    const padding = /^[ \t]*(?=\r\n)/.exec(line)?.[0];
    if (padding !== undefined) return { at, end: end + padding.length };
    if (line.length < MAX_PADDING_BYTES && /^(?:-|[ \t]*\r?)$/.test(line)) return { at };
  }
  return undefined;
};

/** Where a delimiter may begin whose end is not known yet. */
const findCut = (bytes: Buffer, delimiter: Buffer, from: number) => {
  const at = bytes.indexOf('\r', Math.max(from, bytes.length - delimiter.length + 1));
  return at < 0 ? bytes.length : at;
};

/** The bytes between the delimiters of RFC 2046 §5.1.1. @throws ApiError `malformed` without a last delimiter */
async function* splitAtDelimiters(chunks: AsyncIterable<Uint8Array>, boundary: string) {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  let held = LINE_BREAK; // the first delimiter may be the first line of the body
  for await (const chunk of chunks) {
    const bytes =
      held.length > 0
        ? Buffer.concat([held, chunk])
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let isWhole = false; !isWhole; ) {
      const found = findDelimiter(bytes, delimiter, start);
      const end = found ? found.at : findCut(bytes, delimiter, start);
      if (end > start) yield bytes.subarray(start, end);
      if (found?.isLast) return;
      isWhole = found?.end === undefined;
      if (isWhole) held = Buffer.from(bytes.subarray(end));
      else yield DELIMITER;
      start = found?.end ?? end;
    }
  }
  throw malformed('The multipart body ends too early.');
}

/** @throws ApiError `malformed` for a part without a name */
const parseHead = (text: string): PartHead => {
  const lines = text.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const readHeader = (name: string) =>
    lines.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1) ?? '';
  const { parameters } = parse(readHeader('content-disposition'), { multipart: true });
  const { name, filename } = parameters;
  if (name === undefined) throw malformed('A part of the form has no name.');
  if (filename === undefined && 'filename*' in parameters)
    throw malformed('The file name of a part cannot be read.');
  const charset = /;\s*charset="?([^";\s]+)/i.exec(readHeader('content-type'))?.[1] ?? 'utf-8';
  return { name, filename, charset };
};

/**
 * The parts of a `multipart/form-data` body (RFC 7578): the head of each, followed by its bytes as they arrive.
 * @throws ApiError `malformed` for a body that ends before its last delimiter or has a head that cannot be read
 */
export async function* readParts(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<PartHead | Uint8Array> {
  let isPreamble = true;
  let head: Buffer | undefined;
  for await (const piece of splitAtDelimiters(chunks, boundary)) {
    if (piece === DELIMITER) {
      if (head && head.length > 0) break;
      isPreamble = false;
      head = Buffer.alloc(0);
    } else if (head) {
      head = head.length > 0 ? Buffer.concat([head, piece]) : piece;
      const end = head.indexOf('\r\n\r\n');
      if (end > MAX_HEAD_BYTES || (end < 0 && head.length > MAX_HEAD_BYTES))
        throw malformed(`The header of a part is longer than ${MAX_HEAD_BYTES} bytes.`);
      if (end < 0) continue;
      yield parseHead(head.toString('utf8', 0, end));
      if (head.length > end + 4) yield head.subarray(end + 4);
      head = undefined;
    } else if (!isPreamble) yield piece;
  }
  if (head && head.length > 0) throw malformed('The header of a part has no end.');
}
