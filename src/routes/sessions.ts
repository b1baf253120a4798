import { Hono } from 'hono';
import { refreshSession } from '../domain/accounts/refresh.ts';
import { endRefresh, endSession, revokeAccess } from '../domain/accounts/sessions.ts';
import { prefersJson } from '../http/accept.ts';
import type { Context } from '../http/context.ts';
import { requireToken } from '../middleware/authenticate.ts';
import { refuseHead } from '../middleware/methods.ts';
import { plainErrors } from '../middleware/problems.ts';
import { forgetCookie, takeTokenFromCookie } from '../middleware/tokenInCookie.ts';
import { takeTokenFromBody } from '../middleware/validate.ts';
import { viewSessionFor } from './views.ts';

export const sessions = new Hono<Context>()
  .post(
    '/refresh',
    refuseHead('GET', 'POST'),
    takeTokenFromBody('refresh_token'),
    takeTokenFromCookie,
    requireToken('refresh'),
    async (c) => {
      const refreshed = await refreshSession(c.var, c.var.claims);
      return c.json(viewSessionFor(c, 'Token refreshed', refreshed, c.var.isByCookie === true));
    },
  )
  .delete('/logout/access', refuseHead('DELETE', 'GET', 'POST'), requireToken('access'), async (c) => {
    await revokeAccess(c.var, c.var.claims);
    return c.json({ message: 'Access token has been revoked' });
  })
  .delete(
    '/logout/refresh',
    refuseHead('DELETE', 'GET', 'POST'),
    takeTokenFromCookie,
    forgetCookie,
    requireToken('refresh'),
    async (c) => {
      await endRefresh(c.var, c.var.claims);
      return c.json({ message: 'Refresh token has been revoked' });
    },
  )
  .post(
    '/logout',
    plainErrors,
    refuseHead('GET', 'POST', 'DELETE'),
    takeTokenFromCookie,
    forgetCookie,
    requireToken(),
    async (c) => {
      await endSession(c.var, c.var.claims);
      return prefersJson(c) ? c.json({ message: 'Logged out' }) : c.body(null, 200);
    },
  );
