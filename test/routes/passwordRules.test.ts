import { describe, expect, it } from 'vitest';
import { freshName } from '../support/api.ts';
import { call, register, withBindings } from '../support/worker.ts';

/** As in production: the settings say nothing of passwords. */
const strict = withBindings({ PASSWORD_MIN_LENGTH: undefined, PASSWORD_RULES: undefined });

const detailOf = ({ status, body }: Awaited<ReturnType<typeof call>>) => [status, body.errors?.[0]];
const refused = (detail: string, field = 'password') => [422, { pointer: `#/${field}`, detail }];

describe('a new password, by default', () => {
  const username = `Ann-${freshName()}`;
  const email = `${freshName()}@example.com`;

  it.each([
    ['seven77', 'must be at least 8 characters'],
    [username.toLowerCase(), 'must not be the username or the e-mail address'],
    [email.toUpperCase(), 'must not be the username or the e-mail address'],
    ['password', 'must not be one of the most common passwords'],
    ['PassWord', 'must not be one of the most common passwords'],
    ['12345678', 'must not be one of the most common passwords'],
  ])('may not be %s', async (password, detail) => {
    for (const path of ['/register', '/api/register', '/ops/signup', '/client/signup']) {
      const json = { username, email, password };
      const answer = await strict.call('POST', path, { json, headers: { Accept: 'application/json' } });
      expect(detailOf(answer), path).toEqual(refused(detail));
    }
  });

  it('may not be a bad one when it is changed either', async () => {
    const session = await register();
    const change = (password: string) =>
      strict.call('POST', '/password', {
        token: session.access_token,
        json: { old: 'test', new: password },
      });
    expect(detailOf(await change('iloveyou'))).toEqual(
      refused('must not be one of the most common passwords', 'new'),
    );
    expect(detailOf(await change(session.username))).toEqual(
      refused('must not be the username or the e-mail address', 'new'),
    );
    expect((await change('violet tram 88')).status).toBe(200);
  });

  it('may be anything else of eight characters', async () => {
    for (const password of ['violet tram', 'ünïcödé!', '😀😀😀😀😀😀😀😀']) {
      const { status } = await strict.call('POST', '/register', {
        json: { username: freshName(), password },
      });
      expect([password, status]).toEqual([password, 201]);
    }
  });
});

it('may be as short as the documented examples by the local settings', async () => {
  const { status } = await call('POST', '/register', { json: { username: freshName(), password: 'test' } });
  expect(status).toBe(201);
});
