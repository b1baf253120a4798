import * as z from 'zod';
import { AccountView, account } from './accounts.ts';
import type { Operations } from './operation.ts';
import { Message } from './system.ts';

const UserView = z
  .object({
    id: z.int(),
    name: z.string().nullable(),
    username: z.string().nullable().describe('null where it is an e-mail address'),
  })
  .meta({ id: 'Person' });

export type UserView = z.output<typeof UserView>;

export const users: Operations = {
  'GET /users': {
    id: 'listUsers',
    tag: 'users',
    summary: 'List the active members, by id',
    description: 'The address of the next page is in `Link` only.',
    answers: {
      200: {
        description: 'A page',
        schema: z.array(UserView),
        example: [{ id: 1, name: 'Ann Lee', username: 'ann' }],
        headers: ['Link'],
      },
    },
  },
  'PATCH /users/:id': {
    id: 'updateUser',
    tag: 'users',
    summary: 'Change an account of any realm',
    description:
      'For administrators. A new password and a deactivation end every session of the account. Only members have a `role`.',
    body: { role: 'admin' },
    answers: {
      200: { description: 'The account', schema: AccountView, example: { ...account, role: 'admin' } },
    },
    errors: ['conflict'],
  },
  'DELETE /users/:id': {
    id: 'deactivateUser',
    tag: 'users',
    summary: 'Deactivate an account of any realm',
    description: 'For administrators.',
    answers: {
      200: {
        description: 'Every token of the account is refused from now on',
        schema: Message,
        example: { message: 'User ann deactivated' },
      },
    },
    errors: ['conflict'],
  },
};
