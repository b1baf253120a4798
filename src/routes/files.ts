import { Hono } from 'hono';
import * as z from 'zod';
import type { ExchangedFile } from '../domain/exchange/files.ts';
import { getFileOf, listFiles, listFilesOf, removeFile, storeFile } from '../domain/exchange/files.ts';
import { ApiError } from '../errors.ts';
import { prefersJson } from '../http/accept.ts';
import type { Context } from '../http/context.ts';
import { sendObject } from '../http/download.ts';
import { renameField } from '../http/fields.ts';
import { receiveFile } from '../http/upload.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { DOWNLOAD_REFUSALS, describe, describeDownload, describeForm } from '../middleware/describe.ts';
import { FILES } from '../middleware/throttle.ts';
import { validateParam } from '../middleware/validate.ts';

const PLAIN = ['text/plain'];

const FileView = z
  .object({ id: z.int(), name: z.string(), bytes: z.int().nonnegative(), created_at: z.iso.datetime() })
  .meta({ id: 'File' });

const viewFile = ({ id, name, bytes, createdAt }: ExchangedFile): z.output<typeof FileView> => ({
  id,
  name,
  bytes,
  created_at: new Date(createdAt).toISOString(),
});

const lines = (found: ExchangedFile[]) => found.map(({ name }) => `${name}\n`).join('');

const list = {
  description: 'Their names, one a line; all of each where JSON is accepted',
  schema: z.array(FileView),
  media: PLAIN,
};

export const files = new Hono<Context>()
  .post(
    '/ops/upload',
    describe({
      tag: 'exchange',
      summary: 'Upload a file for clients',
      answers: {
        201: {
          description: 'It is there',
          schema: FileView,
          media: PLAIN,
          headers: ['RateLimit', 'RateLimit-Policy'],
        },
      },
      refusals: [
        'malformed',
        'unauthenticated',
        'forbidden',
        'conflict',
        'too_large',
        'unsupported_type',
        'invalid',
        'throttled',
      ],
      token: 'required',
      plain: true,
      requestBody: describeForm('request_file'),
    }),
    authenticate({ realm: 'ops', throttle: FILES }),
    async (c) => {
      const wanted = {
        part: 'request_file',
        maxBytes: c.var.settings.FILE_MAX_BYTES,
        timeouts: c.var.settings,
      };
      const file = await receiveFile(c.req.raw, wanted, (incoming) =>
        storeFile(c.var, c.var.account.id, incoming),
      ).catch(renameField('filename', 'request_file'));
      return prefersJson(c) ? c.json(viewFile(file), 201) : c.text('File uploaded', 201);
    },
  )
  .get(
    '/ops/files',
    describe({
      tag: 'exchange',
      summary: 'My files, by name',
      answers: { 200: list },
      refusals: ['unauthenticated', 'forbidden'],
      token: 'required',
      plain: true,
    }),
    authenticateConcurrently({ realm: 'ops' }),
    async (c) => {
      const found = await listFiles(c.var, c.var.claims.sub);
      return prefersJson(c) ? c.json(found.map(viewFile)) : c.text(lines(found));
    },
  )
  .delete(
    '/ops/files/:name',
    describe({
      tag: 'exchange',
      summary: 'Remove a file',
      answers: {
        200: {
          description: 'Its row and its bytes are gone',
          schema: z.object({ message: z.string() }),
          media: PLAIN,
        },
      },
      refusals: ['unauthenticated', 'forbidden', 'not_found'],
      token: 'required',
      plain: true,
    }),
    authenticate({ realm: 'ops' }),
    validateParam(z.object({ name: z.string() })),
    async (c) => {
      await removeFile(c.var, c.var.account.id, c.req.valid('param').name);
      return prefersJson(c) ? c.json({ message: 'File deleted' }) : c.text('File deleted');
    },
  )
  .get(
    '/client/files/:ops',
    describe({
      tag: 'exchange',
      summary: 'An operator’s files, by name',
      answers: { 200: list },
      refusals: ['unauthenticated', 'forbidden', 'not_found'],
      token: 'required',
      plain: true,
    }),
    authenticateConcurrently({ realm: 'client' }),
    validateParam(z.object({ ops: z.string() })),
    async (c) => {
      const found = await listFilesOf(c.var, c.req.valid('param').ops);
      return prefersJson(c) ? c.json(found.map(viewFile)) : c.text(lines(found));
    },
  )
  .get(
    '/client/files/:ops/:name',
    describe({
      tag: 'exchange',
      summary: 'Download a file',
      answers: describeDownload({
        description: 'An attachment under its own name',
        media: ['application/octet-stream'],
        headers: ['Content-Disposition'],
      }),
      refusals: ['unauthenticated', 'forbidden', 'not_found', ...DOWNLOAD_REFUSALS],
      token: 'required',
      plain: true,
    }),
    authenticateConcurrently({ realm: 'client' }),
    validateParam(z.object({ ops: z.string(), name: z.string() })),
    async (c) => {
      const { ops, name } = c.req.valid('param');
      const [file] = await Promise.all([getFileOf(c.var, ops, name), c.var.admitted]);
      const sent = await sendObject(c, file.key, { filename: file.name, digest: file.sha256 });
      if (!sent) throw new ApiError('not_found', 'There is no such file.');
      return sent;
    },
  );
