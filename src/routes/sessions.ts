import { Hono } from 'hono';
import { refreshSession } from '../domain/accounts/refresh.ts';
import { endRefresh, endSession, revokeAccess } from '../domain/accounts/sessions.ts';
import { prefersJson } from '../http/accept.ts';
import type { Context } from '../http/context.ts';
import { requireToken } from '../middleware/authenticate.ts';
import { describe } from '../middleware/describe.ts';
import { refuseHead } from '../middleware/methods.ts';
import { takeTokenFromBody } from '../middleware/validate.ts';
import { Message, SessionView, viewSession } from './views.ts';

export const sessions = new Hono<Context>()
  .post(
    '/refresh',
    describe({
      tag: 'sessions',
      summary: 'A new access token, and the next refresh token',
      description:
        'A client may go on with the refresh token it has, or adopt the next one. One that was replaced and comes back ends the session.',
      answers: { 200: { description: 'A session', schema: SessionView } },
      refusals: ['malformed', 'unauthenticated', 'too_large'],
      token: 'optional',
    }),
    refuseHead('GET', 'POST'),
    takeTokenFromBody('refresh_token'),
    requireToken('refresh'),
    async (c) => {
      const refreshed = await refreshSession(c.var, c.var.claims);
      return c.json(viewSession('Token refreshed', refreshed));
    },
  )
  .delete(
    '/logout/access',
    describe({
      tag: 'sessions',
      summary: 'Kill this access token',
      answers: { 200: { description: 'It is dead; its refresh token lives', schema: Message } },
      refusals: ['unauthenticated'],
      token: 'required',
    }),
    requireToken('access'),
    async (c) => {
      await revokeAccess(c.var, c.var.claims);
      return c.json({ message: 'Access token has been revoked' });
    },
  )
  .delete(
    '/logout/refresh',
    describe({
      tag: 'sessions',
      summary: 'Kill this refresh token',
      answers: { 200: { description: 'The session can mint nothing any more', schema: Message } },
      refusals: ['unauthenticated'],
      token: 'required',
    }),
    requireToken('refresh'),
    async (c) => {
      await endRefresh(c.var, c.var.claims);
      return c.json({ message: 'Refresh token has been revoked' });
    },
  )
  .get(
    '/logout',
    describe({
      tag: 'sessions',
      summary: 'End the whole session',
      description: 'With any token of it. Empty, unless JSON is accepted.',
      plain: true,
      answers: { 200: { description: 'Every token of the session is dead', schema: Message } },
      refusals: ['unauthenticated'],
      token: 'required',
    }),
    refuseHead('GET', 'POST', 'DELETE'),
    requireToken(),
    async (c) => {
      await endSession(c.var, c.var.claims);
      return prefersJson(c) ? c.json({ message: 'Logged out' }) : c.body(null, 200);
    },
  );
