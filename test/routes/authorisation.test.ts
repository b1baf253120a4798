import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { app } from '../../src/app.ts';
import { canonicalName } from '../../src/routes/aliases.ts';
import { db } from '../support/database.ts';
import { OPERATIONS } from '../support/operations.ts';
import { withBindings } from '../support/worker.ts';
import { CALLERS, makeWorld, tokenOf, type World } from '../support/world.ts';

/*
 * Who may do what: every route of the app, called by everybody. A refused call changes nothing. A route without a row in
 * test/support/operations.ts fails the test.
 */

/** Answers when the background work is done as well: nothing of one call may change what is seen beside the next. */
const { call } = withBindings({});

/** All that the tables hold of these people, and whether their objects are there. */
const look = async ({ owner, other, ops, client, admin, deactivated, loggedOut, movie }: World) => {
  const ids = [owner, other, ops, client, admin, deactivated, loggedOut].map(({ id }) => id);
  const results = await db.batch([
    `select * from accounts where id in (${ids}) order by id`,
    `select * from identifiers where account_id in (${ids}) order by folded`,
    `select * from sessions where account_id in (${ids}) order by id`,
    `select * from photos where account_id in (${ids}) order by id`,
    `select * from files where account_id in (${ids}) order by id`,
    `select * from movies where id = ${movie}`,
    'select count(*) from movies',
    'select count(*) from import_rows',
    'select count(*) from revocations',
    `select * from intents where ${ids.map((id) => `key glob '*/${id}/*'`).join(' or ')} order by key`,
  ]);
  const keys = results.flatMap(({ rows }) =>
    rows.flatMap(({ key }) => (typeof key === 'string' ? [key] : [])),
  );
  const heads = await Promise.all(keys.map((key) => env.PHOTOS.head(key)));
  return JSON.stringify([results.map(({ rows }) => rows), heads.map((head) => head?.etag)]);
};

const routes = [
  ...new Set(
    app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
  ),
];

it.each(routes)('%s', async (route) => {
  const [method = '', path = ''] = route.split(' ');
  const row = OPERATIONS[canonicalName(method, path)];
  expect(row, `${route} is not in test/support/operations.ts`).toBeDefined();
  const expected = row?.may.split(' ').map(Number) ?? [];
  const got: number[] = [];
  for (const [i, caller] of CALLERS.entries()) {
    const world = await makeWorld();
    const { params, ...options } = row?.call?.(world) ?? {};
    const to = path.replace(/:(\w+)/g, (_, name) => String(params?.[name]));
    const before = await look(world);
    const token = tokenOf(world, caller);
    const { status } = await call(method, to, { ...options, ...(token && { token }) });
    got.push(status);
    if (status >= 400 && expected[i] === status)
      expect(await look(world), `${route} as ${caller}`).toBe(before);
  }
  expect(Object.fromEntries(CALLERS.map((caller, i) => [caller, got[i]]))).toEqual(
    Object.fromEntries(CALLERS.map((caller, i) => [caller, expected[i]])),
  );
});

it('has no row without a route', () => {
  const names = new Set(routes.map((route) => canonicalName(...(route.split(' ') as [string, string]))));
  expect(Object.keys(OPERATIONS).filter((name) => !names.has(name))).toEqual([]);
});
