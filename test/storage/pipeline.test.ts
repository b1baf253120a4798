import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { isTaken, openDatabase } from '../../src/storage/database.ts';
import { startBudget } from '../../src/storage/requestBudget.ts';
import { revocations } from '../../src/storage/schema.ts';
import { freshName } from '../support/api.ts';
import { call, register } from '../support/worker.ts';

let fetches: MockInstance<typeof fetch>;
beforeEach(() => {
  fetches = vi.spyOn(globalThis, 'fetch');
});
afterEach(() => {
  fetches.mockRestore();
});

const open = () => openDatabase({ LIBSQL_URL: env.LIBSQL_URL }, startBudget(20_000));
const requests = () => fetches.mock.calls.filter(([url]) => String(url).startsWith(env.LIBSQL_URL)).length;
const insert = (db: ReturnType<typeof open>, subject: string) =>
  db.insert(revocations).values({ subject, expiresAt: 1 });
const select = (db: ReturnType<typeof open>, subject: string) =>
  db.select().from(revocations).where(eq(revocations.subject, subject));

it('sends the statements and batches of one turn as one request', async () => {
  const db = open();
  const subject = freshName();
  await insert(db, subject);
  fetches.mockClear();
  const [found, batched] = await Promise.all([
    select(db, subject),
    db.batch([select(db, subject), db.select({ one: sql<number>`1` }).from(revocations).limit(1)]),
  ]);
  expect(found).toEqual([{ subject, expiresAt: 1 }]);
  expect(batched).toEqual([[{ subject, expiresAt: 1 }], [{ one: 1 }]]);
  expect(requests()).toBe(1);
});

it('leaves the other statements of a request alone when one fails', async () => {
  const db = open();
  const [taken, free] = [freshName(), freshName()];
  await insert(db, taken);
  const outcomes = await Promise.allSettled([
    insert(db, taken),
    db.batch([insert(db, free), insert(db, taken)]),
    select(db, taken),
    select(db, free),
    db.run(sql`no statement at all`),
  ]);
  expect(requests()).toBe(2);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
    'fulfilled',
    'fulfilled',
    'rejected',
  ]);
  expect(outcomes[0].status === 'rejected' && isTaken(outcomes[0].reason)).toBe(true);
  expect(outcomes[1].status === 'rejected' && isTaken(outcomes[1].reason)).toBe(true);
  expect(outcomes[2]).toMatchObject({ value: [{ subject: taken }] });
  expect(outcomes[3]).toMatchObject({ value: [] }); // its batch was rolled back
});

it('asks for the session and for the answer in one request', async () => {
  const session = await register();
  for (const path of ['/photos', '/movies?q=a', '/me/photos', '/users', '/sessions']) {
    fetches.mockClear();
    const { status } = await call('GET', path, { token: session.access_token });
    expect([path, status, requests()]).toEqual([path, 200, 1]);
  }
});

it('answers whole numbers beyond 2^53 with an error, and never with another number', async () => {
  const big = sql<number>`9007199254740993`;
  await expect(open().select({ big }).from(revocations).limit(1)).rejects.toThrow();
});
