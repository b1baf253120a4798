import { Hono } from 'hono';
import * as z from 'zod';
import type { OwnSessionView } from '../../openapi/sessions.ts';
import {
  changePassword,
  endOtherSessions,
  endOwnSession,
  listSessions,
  type OwnSession,
} from '../domain/accounts/ownSessions.ts';
import { clientIp } from '../http/clientIp.ts';
import type { Context } from '../http/context.ts';
import { authenticate, authenticateConcurrently, requireToken } from '../middleware/authenticate.ts';
import { validateBody, validateParam } from '../middleware/validate.ts';
import { expectGoodPassword, Password } from './inputs.ts';

const time = (at: number) => new Date(at).toISOString();

const view = (session: OwnSession, current: string): OwnSessionView => ({
  id: session.id,
  device: session.userAgent,
  created_at: time(session.createdAt),
  refreshed_at: session.refreshedAt === null ? null : time(session.refreshedAt),
  expires_at: time(session.expiresAt),
  current: session.id === current,
});

export const ownSessions = new Hono<Context>()
  .get('/sessions', authenticateConcurrently(), async (c) => {
    const { sub, sid } = c.var.claims;
    const found = await listSessions(c.var, sub);
    return c.json({ sessions: found.map((session) => view(session, sid)) });
  })
  .delete('/sessions/:id', authenticate(), validateParam(z.object({ id: z.uuid() })), async (c) => {
    await endOwnSession(c.var, c.var.claims, c.req.valid('param').id);
    return c.json({ message: 'The session has ended' });
  })
  .delete('/sessions', authenticate(), async (c) => {
    const ended = await endOtherSessions(c.var, c.var.claims);
    return c.json({ message: `${ended} other sessions have ended` });
  })
  .post(
    '/password',
    requireToken('access'),
    validateBody(z.object({ old: Password, new: Password })),
    async (c) => {
      const passwords = c.req.valid('json');
      expectGoodPassword(c, passwords.new, [c.var.claims.username], 'new');
      await changePassword(c.var, c.var.claims, clientIp(c), passwords);
      return c.json({ message: 'The password has been changed' });
    },
  );
