import { beforeAll, expect, it } from 'vitest';
import journal from '../../migrations/meta/_journal.json' with { type: 'json' };
import { freshName } from '../support/api.ts';
import { db, makeAdmin } from '../support/database.ts';
import { call, register } from '../support/worker.ts';

let token: string;
beforeAll(async () => {
  const session = await register();
  await makeAdmin(session.username);
  token = session.access_token;
});

const addMovie = () =>
  call('POST', '/movies', {
    token,
    json: { movie_name: freshName(), director: 'x', popularity: 1, imdbScore: 1, genre: [] },
  });

it('says which migration the database needs, and works as before once it has run', async () => {
  const newest = journal.entries.at(-1);
  await db.batch([
    'alter table movie_words rename to words_of_later',
    { sql: 'update __drizzle_migrations set created_at = 1 where created_at = ?', args: [newest?.when ?? 0] },
    'update __drizzle_migrations set created_at = -created_at where created_at > 1',
  ]);
  try {
    const { status, body, headers } = await addMovie();
    expect([status, body.code]).toEqual([503, 'unavailable']);
    expect(body.detail).toBe(
      `The database needs migration ${newest?.tag}. Nothing was changed; please retry once it has run.`,
    );
    expect(headers.get('Retry-After')).toBe('60');
    expect((await call('GET', '/me/drafts', { token })).status).toBe(200);
  } finally {
    await db.batch([
      'alter table words_of_later rename to movie_words',
      'update __drizzle_migrations set created_at = -created_at where created_at < 0',
      {
        sql: 'update __drizzle_migrations set created_at = ? where created_at = 1',
        args: [newest?.when ?? 0],
      },
    ]);
  }
  expect((await addMovie()).status).toBe(201);
});
