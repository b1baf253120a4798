import { Hono } from 'hono';
import * as z from 'zod';
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
import { describe } from '../middleware/describe.ts';
import { validateBody, validateParam } from '../middleware/validate.ts';
import { expectLongEnough, Password } from './inputs.ts';
import { Message } from './views.ts';

const Time = z.iso.datetime();
const time = (at: number) => new Date(at).toISOString();

const OwnSessionView = z
  .object({
    id: z.uuid(),
    device: z.string().nullable().describe('The User-Agent that it began with'),
    created_at: Time,
    refreshed_at: Time.nullable(),
    expires_at: Time,
    current: z.boolean(),
  })
  .meta({ id: 'OwnSession' });

const view = (session: OwnSession, current: string): z.output<typeof OwnSessionView> => ({
  id: session.id,
  device: session.userAgent,
  created_at: time(session.createdAt),
  refreshed_at: session.refreshedAt === null ? null : time(session.refreshedAt),
  expires_at: time(session.expiresAt),
  current: session.id === current,
});

export const ownSessions = new Hono<Context>()
  .get(
    '/sessions',
    describe({
      tag: 'sessions',
      summary: 'Where I am logged in',
      description: 'The newest 100.',
      answers: {
        200: { description: 'My sessions', schema: z.object({ sessions: z.array(OwnSessionView) }) },
      },
      refusals: ['unauthenticated'],
      token: 'required',
    }),
    authenticateConcurrently(),
    async (c) => {
      const { sub, sid } = c.var.claims;
      const found = await listSessions(c.var, sub);
      return c.json({ sessions: found.map((session) => view(session, sid)) });
    },
  )
  .delete(
    '/sessions/:id',
    describe({
      tag: 'sessions',
      summary: 'End one of my sessions',
      answers: { 200: { description: 'Every token of it is dead', schema: Message } },
      refusals: ['unauthenticated', 'not_found'],
      token: 'required',
    }),
    authenticate(),
    validateParam(z.object({ id: z.uuid() })),
    async (c) => {
      await endOwnSession(c.var, c.var.claims, c.req.valid('param').id);
      return c.json({ message: 'The session has ended' });
    },
  )
  .delete(
    '/sessions',
    describe({
      tag: 'sessions',
      summary: 'End all my other sessions',
      answers: { 200: { description: 'Only this session lives', schema: Message } },
      refusals: ['unauthenticated'],
      token: 'required',
    }),
    authenticate(),
    async (c) => {
      const ended = await endOtherSessions(c.var, c.var.claims);
      return c.json({ message: `${ended} other sessions have ended` });
    },
  )
  .post(
    '/password',
    describe({
      tag: 'sessions',
      summary: 'Change my password',
      description: 'Ends my other sessions. A wrong old password is 403, and counts as a attempt.',
      answers: { 200: { description: 'It is changed', schema: Message } },
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
    }),
    requireToken('access'),
    validateBody(z.object({ old: Password, new: Password })),
    async (c) => {
      const passwords = c.req.valid('json');
      expectLongEnough(c, passwords.new, 'new');
      await changePassword(c.var, c.var.claims, clientIp(c), passwords);
      return c.json({ message: 'The password has been changed' });
    },
  );
