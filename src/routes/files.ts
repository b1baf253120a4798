import { Hono } from 'hono';
import * as z from 'zod';
import type { FileView } from '../../openapi/exchange.ts';
import type { ExchangedFile } from '../domain/exchange/files.ts';
import { getFileOf, listFiles, listFilesOf, removeFile, storeFile } from '../domain/exchange/files.ts';
import { ApiError } from '../errors.ts';
import { prefersJson } from '../http/accept.ts';
import type { Context } from '../http/context.ts';
import { sendObject } from '../http/download.ts';
import { renameField } from '../http/fields.ts';
import { receiveFile } from '../http/upload.ts';
import { authenticate, authenticateConcurrently } from '../middleware/authenticate.ts';
import { plainErrors } from '../middleware/problems.ts';
import { FILES } from '../middleware/throttle.ts';
import { validateParam } from '../middleware/validate.ts';

const viewFile = ({ id, name, bytes, createdAt }: ExchangedFile): FileView => ({
  id,
  name,
  bytes,
  created_at: new Date(createdAt).toISOString(),
});

const lines = (found: ExchangedFile[]) => found.map(({ name }) => `${name}\n`).join('');

export const files = new Hono<Context>()
  .post('/ops/upload', plainErrors, authenticate({ realm: 'ops', throttle: FILES }), async (c) => {
    const wanted = {
      part: 'request_file',
      maxBytes: c.var.settings.FILE_MAX_BYTES,
      timeouts: c.var.settings,
    };
    const file = await receiveFile(c.req.raw, wanted, (incoming) =>
      storeFile(c.var, c.var.account.id, incoming),
    ).catch(renameField('filename', 'request_file'));
    return prefersJson(c) ? c.json(viewFile(file), 201) : c.text('File uploaded', 201);
  })
  .get('/ops/files', plainErrors, authenticateConcurrently({ realm: 'ops' }), async (c) => {
    const found = await listFiles(c.var, c.var.claims.sub);
    return prefersJson(c) ? c.json(found.map(viewFile)) : c.text(lines(found));
  })
  .delete(
    '/ops/files/:name',
    plainErrors,
    authenticate({ realm: 'ops' }),
    validateParam(z.object({ name: z.string() })),
    async (c) => {
      await removeFile(c.var, c.var.account.id, c.req.valid('param').name);
      return prefersJson(c) ? c.json({ message: 'File deleted' }) : c.text('File deleted');
    },
  )
  .get(
    '/client/files/:ops',
    plainErrors,
    authenticateConcurrently({ realm: 'client' }),
    validateParam(z.object({ ops: z.string() })),
    async (c) => {
      const found = await listFilesOf(c.var, c.req.valid('param').ops);
      return prefersJson(c) ? c.json(found.map(viewFile)) : c.text(lines(found));
    },
  )
  .get(
    '/client/files/:ops/:name',
    plainErrors,
    authenticateConcurrently({ realm: 'client' }),
    validateParam(z.object({ ops: z.string(), name: z.string() })),
    async (c) => {
      const { ops, name } = c.req.valid('param');
      const [file] = await Promise.all([getFileOf(c.var, ops, name), c.var.accessCheck]);
      const sent = await sendObject(c, file.key, { filename: file.name, digest: file.sha256 });
      if (!sent) throw new ApiError('not_found', 'There is no such file.');
      return sent;
    },
  );
