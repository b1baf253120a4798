import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { startBudget } from '../../src/storage/requestBudget.ts';
import { batch } from '../../src/storage/rows.ts';
import { revocations } from '../../src/storage/schema.ts';
import { freshName } from '../support/api.ts';

const open = () => openDatabase({ LIBSQL_URL: env.LIBSQL_URL }, startBudget(20_000));

it('repeats a request while others hold the lock, and does everything once', async () => {
  const subject = freshName('SQLITE_BUSY'); // the text of the error in a value is not an error
  await open().insert(revocations).values({ subject, expiresAt: 0 });
  const one = eq(revocations.subject, subject);
  const raise = () => {
    const db = open();
    return batch(db, {
      before: db.select().from(revocations).where(one),
      raised: db
        .update(revocations)
        .set({ expiresAt: sql`${revocations.expiresAt} + 1` })
        .where(one),
      after: db.select().from(revocations).where(one),
    });
  };
  await Promise.all(Array.from({ length: 40 }, raise));
  expect(await open().select().from(revocations).where(one)).toEqual([{ subject, expiresAt: 40 }]);
  await open().delete(revocations).where(one);
});
