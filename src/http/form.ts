import { ApiError } from '../errors.ts';
import { type BodyTimeouts, chunksOf } from './body.ts';
import { refuseEncoding, unsupportedType } from './mediaTypes.ts';
import { type PartHead, readParts } from './multipart.ts';

const MEBIBYTE = 1024 * 1024;
/** What a form may have besides its files. */
const OVERHEAD_BYTES = 64 * 1024;
const MAX_FIELD_BYTES = 16 * 1024;
const MAX_OTHER_PARTS = 16;
/** Cloudflare refuses larger requests itself on most plans. */
const MAX_FORM_BYTES = 100 * MEBIBYTE;

/** The files that a route takes. */
export type FormFiles = {
  /** The name of the parts that are files. */
  part: string;
  /** For each file. */
  maxBytes: number;
  maxFiles: number;
  timeouts: BodyTimeouts;
};

/** Where a file of a form begins. */
export type FileHead = {
  filename: string;
  /** The fields that belong to the file. Those after the last file are added while its bytes are read. */
  fields: Map<string, string>;
  /** Why the form may not have this file. */
  refusal: ApiError | undefined;
};

export const tooLarge = (maxBytes: number) =>
  new ApiError('too_large', `The file is larger than ${maxBytes} bytes.`);

const invalidPart = (part: string, detail: string) =>
  new ApiError('invalid', detail, { errors: [{ field: part, detail }] });

/** The name of a file. Some clients send its whole path on Windows, of which only the last part counts (RFC 7578 §4.2). */
const readFilename = (sent = '') => {
  const name = /^(?:[a-z]:[\\/]|\\\\)/i.test(sent) ? (sent.split(/[\\/]/).at(-1) ?? '') : sent;
  return name.normalize('NFC').toWellFormed();
};

const readBoundary = (contentType: string) => {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s"]+))/i.exec(contentType) ?? [];
  return quoted ?? plain;
};

/** The bytes of the form, within the limit for all of it. @throws ApiError `too_large` */
async function* limitForm(request: Request, body: ReadableStream<Uint8Array>, wanted: FormFiles) {
  const { maxBytes, maxFiles, timeouts } = wanted;
  const most = Math.max(maxBytes, Math.min(maxFiles * maxBytes, MAX_FORM_BYTES)) + OVERHEAD_BYTES;
  const refuse = () =>
    maxFiles === 1 ? tooLarge(maxBytes) : new ApiError('too_large', `The form is larger than ${most} bytes.`);
  if (Number(request.headers.get('Content-Length') ?? 0) > most) throw refuse();
  let size = 0;
  for await (const chunk of chunksOf(body, maxBytes, timeouts)) {
    size += chunk.length;
    if (size > most) throw refuse();
    yield chunk;
  }
}

/** Why a part may not be the next file of the form, which has `count` already. */
const refuseFile = ({ name }: PartHead, count: number, { part, maxFiles }: FormFiles) => {
  if (name !== part)
    return invalidPart(part, `The file is in the part \`${name}\`, and must be in \`${part}\`.`);
  if (count < maxFiles) return undefined;
  return invalidPart(
    part,
    maxFiles === 1 ? 'Send one file at a time.' : `Send at most ${maxFiles} files at a time.`,
  );
};

/** The text of a field, from its bytes. @throws ApiError `too_large` */
const readField = ({ name, charset }: PartHead) => {
  let decoder = new TextDecoder();
  try {
    decoder = new TextDecoder(charset);
  } catch {} // an unknown charset: UTF-8 is the likely one
  let text = '';
  let size = 0;
  return {
    name,
    add(bytes: Uint8Array) {
      size += bytes.length;
      if (size > MAX_FIELD_BYTES)
        throw new ApiError('too_large', `A field of the form is larger than ${MAX_FIELD_BYTES} bytes.`);
      text += decoder.decode(bytes, { stream: true });
    },
    end: () => text + decoder.decode(),
  };
};

/**
 * The files of a `multipart/form-data` body: the head of each, followed by its bytes as they arrive. A form of one file that has
 * another part of that kind is refused as a whole; if several are allowed, each has its own refusal.
 * @throws ApiError `unsupported_type`, `malformed`, `too_large`, `invalid`
 */
export async function* readForm(request: Request, wanted: FormFiles): AsyncGenerator<FileHead | Uint8Array> {
  const { part, maxFiles } = wanted;
  const contentType = request.headers.get('Content-Type') ?? '';
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(contentType) || !request.body)
    throw unsupportedType(request.method, `Send multipart/form-data with the file as its part \`${part}\`.`, [
      'multipart/form-data',
    ]);
  refuseEncoding(request);
  const boundary = readBoundary(contentType);
  if (!boundary) throw new ApiError('malformed', 'The Content-Type names no boundary.');

  let fields = new Map<string, string>();
  let field: ReturnType<typeof readField> | undefined;
  let file: FileHead | undefined;
  let parts = 0;
  let files = 0;
  const endField = () => {
    if (field) fields.set(field.name, field.end());
    field = undefined;
  };
  for await (const piece of readParts(limitForm(request, request.body, wanted), boundary)) {
    if (piece instanceof Uint8Array) {
      if (field) field.add(piece);
      else yield piece;
      continue;
    }
    endField();
    if (++parts > 2 * maxFiles + MAX_OTHER_PARTS)
      throw new ApiError('too_large', 'The form has too many parts.');
    if (piece.name !== part && piece.filename === undefined) {
      field = readField(piece);
      continue;
    }
    const refusal = refuseFile(piece, files, wanted);
    if (refusal && maxFiles === 1) throw refusal;
    if (piece.name === part) files++;
    file = { filename: readFilename(piece.filename), fields, refusal };
    fields = new Map();
    yield file;
  }
  endField();
  if (!file) throw invalidPart(part, `The form has no part \`${part}\`.`);
  for (const [name, value] of fields) if (!file.fields.has(name)) file.fields.set(name, value);
}
