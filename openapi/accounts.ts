import * as z from 'zod';
import { ACCESS_SECONDS, REALMS } from '../src/domain/accounts/tokens.ts';
import type { Operation, Operations } from './operation.ts';

export const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

export const AccountView = z
  .object({
    id: z.int(),
    username: z.string(),
    name: z.string().nullable(),
    email: z.string().meta({ format: 'email' }).nullable(),
    realm: z.enum(REALMS),
    role: z.enum(['user', 'admin']),
    active: z.boolean(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Account' });

export type AccountView = z.output<typeof AccountView>;

export const SessionView = z
  .object({
    message: z.string(),
    username: z.string(),
    access_token: z.string(),
    refresh_token: z.string().optional().describe('Missing where it is in a cookie'),
    token_type: z.literal('Bearer'),
    expires_in: z.literal(ACCESS_SECONDS.member).describe('Seconds until the access token expires'),
  })
  .meta({ id: 'Session', description: 'Tokens: never cache them' });

export type SessionView = z.output<typeof SessionView>;

/** Clients of one documented API read `id`, those of another `user_id`. */
const Me = AccountView.extend({ user_id: z.int().describe('The same as `id`') }).meta({ id: 'Me' });

const Registered = SessionView.extend({ 'User created successfuly': z.string() }).meta({ id: 'Registered' });

export const account: AccountView = {
  id: 1,
  username: 'ann',
  name: 'Ann Lee',
  email: 'ann@example.com',
  realm: 'member',
  role: 'user',
  active: true,
  created_at: '2026-11-24T09:30:00.000Z',
};

export const session = (message: string): SessionView => ({
  message,
  username: 'ann',
  access_token: TOKEN,
  refresh_token: TOKEN,
  token_type: 'Bearer',
  expires_in: ACCESS_SECONDS.member,
});

const body = { username: 'ann', password: 'correct horse', name: 'Ann Lee', email: 'ann@example.com' };

const registration: Operation = {
  tag: 'accounts',
  summary: 'Register a member',
  description: 'With `cookie`, a browser gets its refresh token in an HttpOnly cookie.',
  body,
  answers: {
    201: { description: 'A session', schema: SessionView, example: session('User ann created') },
  },
  errors: ['conflict', 'forbidden'],
};

export const accounts: Operations = {
  'POST /register': {
    ...registration,
    id: 'register',
    answers: {
      201: {
        description: 'A session',
        schema: Registered,
        example: { ...session('User ann created'), 'User created successfuly': 'User 1: ann' },
      },
    },
  },
  'POST /registration': { ...registration, deprecated: true },
  'POST /api/register': { ...registration, deprecated: true },
  'POST /login': {
    id: 'logIn',
    tag: 'accounts',
    summary: 'Log in',
    description:
      'Takes a username or an e-mail address. An unknown account and a wrong password get the same response. With `cookie`, a browser gets its refresh token in an HttpOnly cookie.',
    body: { username: 'ann', password: 'correct horse' },
    answers: {
      200: { description: 'A session', schema: SessionView, example: session('Logged in as ann') },
    },
    errors: ['wrong_credentials', 'forbidden', 'throttled'],
  },
  'GET /auth/verify': {
    id: 'verifyToken',
    tag: 'accounts',
    summary: 'Check an access token',
    answers: {
      200: {
        description: 'The token is valid',
        schema: z.object({ valid: z.literal(true) }),
        example: { valid: true },
      },
    },
  },
  'GET /auth/me': {
    id: 'getMe',
    tag: 'accounts',
    summary: 'Get the account that the token belongs to',
    answers: {
      200: {
        description: 'The account, as the database has it now',
        schema: z.object({ me: Me }),
        example: { me: { ...account, user_id: account.id } },
      },
    },
  },
};
