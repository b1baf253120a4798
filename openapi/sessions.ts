import * as z from 'zod';
import { SessionView, session, TOKEN } from './accounts.ts';
import type { Operations } from './operation.ts';
import { Message } from './system.ts';

const OwnSessionView = z
  .object({
    id: z.uuid(),
    device: z.string().nullable().describe('The User-Agent that logged in'),
    created_at: z.iso.datetime(),
    refreshed_at: z.iso.datetime().nullable(),
    expires_at: z.iso.datetime(),
    current: z.boolean().describe('Whether this request uses it'),
  })
  .meta({ id: 'OwnSession' });

export type OwnSessionView = z.output<typeof OwnSessionView>;

const ownSession: OwnSessionView = {
  id: '3f809bbe-7ef8-417d-97f2-a51be5dcfde9',
  device: 'Mozilla/5.0 (X11; Linux x86_64)',
  created_at: '2026-11-24T09:30:00.000Z',
  refreshed_at: null,
  expires_at: '2026-12-24T09:30:00.000Z',
  current: true,
};

export const sessions: Operations = {
  'POST /refresh': {
    id: 'refreshTokens',
    tag: 'sessions',
    summary: 'Get a new access token and the next refresh token',
    description:
      'Takes the refresh token as the bearer token, in the body, or in the cookie that a log-in with `cookie` set. A client may keep its refresh token or adopt the next one. A refresh token that was replaced and comes back ends the session.',
    body: { refresh_token: TOKEN },
    answers: {
      200: { description: 'A session', schema: SessionView, example: session('Token refreshed') },
    },
  },
  'DELETE /logout/access': {
    id: 'revokeAccessToken',
    tag: 'sessions',
    summary: 'Revoke this access token',
    answers: {
      200: {
        description: 'The token is revoked; its refresh token stays valid',
        schema: Message,
        example: { message: 'Access token has been revoked' },
      },
    },
  },
  'DELETE /logout/refresh': {
    id: 'revokeRefreshToken',
    tag: 'sessions',
    summary: 'Revoke this refresh token',
    answers: {
      200: {
        description: 'The session gets no new tokens; an access token stays valid until it expires',
        schema: Message,
        example: { message: 'Refresh token has been revoked' },
      },
    },
  },
  'POST /logout': {
    id: 'logOut',
    tag: 'sessions',
    summary: 'Log out: end the whole session',
    description: 'Takes any token of the session. The body is empty unless the caller accepts JSON.',
    answers: {
      200: {
        description: 'Every token of the session is revoked',
        schema: Message,
        example: { message: 'Logged out' },
      },
    },
  },
  'GET /sessions': {
    id: 'listSessions',
    tag: 'sessions',
    summary: 'List my sessions',
    description: 'The newest 100.',
    answers: {
      200: {
        description: 'My sessions',
        schema: z.object({ sessions: z.array(OwnSessionView) }),
        example: { sessions: [ownSession] },
      },
    },
  },
  'DELETE /sessions/:id': {
    id: 'endSession',
    tag: 'sessions',
    summary: 'End one of my sessions',
    answers: {
      200: {
        description: 'Every token of the session is revoked',
        schema: Message,
        example: { message: 'The session has ended' },
      },
    },
  },
  'DELETE /sessions': {
    id: 'endOtherSessions',
    tag: 'sessions',
    summary: 'End all my other sessions',
    answers: {
      200: {
        description: 'Only this session remains',
        schema: Message,
        example: { message: '2 other sessions have ended' },
      },
    },
  },
  'POST /password': {
    id: 'changePassword',
    tag: 'sessions',
    summary: 'Change my password',
    description: 'Ends my other sessions. A wrong old password is 403 and counts as a failed log-in.',
    body: { old: 'correct horse', new: 'battery staple' },
    answers: {
      200: {
        description: 'The password is changed',
        schema: Message,
        example: { message: 'The password has been changed' },
      },
    },
    errors: ['forbidden', 'conflict', 'throttled'],
  },
};
