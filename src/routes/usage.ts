import { Hono } from 'hono';
import type { UsageView } from '../../openapi/usage.ts';
import { getUsage, type Usage } from '../domain/objects/quotas.ts';
import type { Context } from '../http/context.ts';
import { authenticateConcurrently } from '../middleware/authenticate.ts';

const viewUsage = ({ bytes, allowedBytes, photos, files }: Usage): UsageView => ({
  bytes: { used: bytes, allowed: allowedBytes },
  photos: { used: photos, allowed: null },
  files: { used: files, allowed: null },
});

export const usage = new Hono<Context>().get('/me/usage', authenticateConcurrently(), async (c) =>
  c.json(viewUsage(await getUsage(c.var, c.var.claims.sub))),
);
