import { decodeField, type MultipartError, make, type PartInfo } from 'multipasta';
import type { Upload } from '../domain/photos.ts';
import { Refusal } from '../refusal.ts';

const CHUNK = 256 * 1024;
const OVERHEAD = 64 * 1024;
const FIELD = 16 * 1024;
const PARTS = 16;

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

const concatenate = (chunks: Uint8Array[]) => {
  const whole = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
};

const readParameter = (disposition: string, parameter: string) => {
  const [, quoted, plain] = new RegExp(`;\\s*${parameter}=(?:"((?:\\\\"|[^"])*)"|([^\\s;"]+))`, 'i').exec(disposition) ?? [];
  const value = quoted ?? plain;
  return value?.replaceAll('\\"', '"').replace(/%(22|0A|0D)/gi, (escaped) => decodeURIComponent(escaped));
};

/**
 * A part's names as clients write them: UTF-8 between quotes, with `"`, CR and LF percent-encoded (WHATWG HTML, "multipart/form-data").
 * The parser's own reading gives up on characters beyond Latin-1.
 */
const namesOf = ({ headers }: PartInfo) => {
  const disposition = String(headers['content-disposition'] ?? '');
  return { name: readParameter(disposition, 'name'), filename: readParameter(disposition, 'filename') };
};

const missing = (detail: string) => new Refusal('invalid', detail, { errors: [{ pointer: '#/file', detail }] });

/**
 * Reads a `multipart/form-data` body (RFC 7578) with one part `file` and an optional field `caption`. The limit holds as the bytes
 * arrive: a body that says or turns out to be larger is refused without being read on.
 * @throws Refusal `unsupported_type`, `malformed`, `too_large`, `invalid`
 */
export const readUpload = async (request: Request, maxBytes: number): Promise<Upload> => {
  const headers = Object.fromEntries(request.headers);
  if (!/^multipart\/form-data\b/i.test(headers['content-type'] ?? '') || !request.body)
    throw new Refusal('unsupported_type', 'Send multipart/form-data with the image as its part `file`.');
  if (Number(headers['content-length'] ?? 0) > maxBytes + OVERHEAD) throw tooLarge(maxBytes);

  let refusal: Refusal | undefined;
  const files: { filename: string; chunks: Uint8Array[] }[] = [];
  let caption: string | null = null;
  const parser = make({
    headers,
    maxParts: PARTS,
    maxPartSize: maxBytes,
    maxTotalSize: maxBytes + OVERHEAD,
    maxFieldSize: FIELD,
    isFile: (info) => namesOf(info).name === 'file' || namesOf(info).filename !== undefined,
    onField: (info, value) => {
      if (namesOf(info).name === 'caption') caption = decodeField(info, value);
    },
    onFile: (info) => {
      const { name, filename } = namesOf(info);
      if (name !== 'file') refusal ??= missing(`The file is in the part \`${name}\`; it belongs into \`file\`.`);
      if (files.length > 0) refusal ??= missing('Send one file at a time.');
      const file = { filename: filename || 'photo', chunks: [] as Uint8Array[] };
      files.push(file);
      return (chunk) => {
        if (chunk) file.chunks.push(chunk);
      };
    },
    onError: (error) => {
      refusal ??= refusalOf(error, maxBytes);
    },
    onDone: () => {},
  });
  for await (const chunk of chunksOf(request.body)) {
    parser.write(chunk);
    if (refusal) throw refusal;
  }
  parser.end();
  if (refusal) throw refusal;
  const [file] = files;
  if (!file) throw missing('The form has no part `file`.');
  const bytes = concatenate(file.chunks);
  if (bytes.length === 0) throw missing('The file is empty.');
  return { filename: file.filename.normalize('NFC').slice(0, 255).toWellFormed(), bytes, caption };
};
