import { env } from 'cloudflare:workers';
import { eq, isNull, type SQL, sql } from 'drizzle-orm';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { startBudget } from '../../src/storage/requestBudget.ts';
import { batch, insertIf } from '../../src/storage/rows.ts';
import { pendingObjects } from '../../src/storage/schema.ts';

const db = openDatabase({ LIBSQL_URL: env.LIBSQL_URL }, startBudget(20_000));

const boxes = sqliteTable('test_boxes', {
  id: integer().primaryKey({ autoIncrement: true }),
  label: text().notNull(),
  colour: text({ enum: ['red', 'blue'] })
    .notNull()
    .default('red'),
  note: text(),
  width: integer().notNull().default(sql`1 + 1`),
  kind: text().$default(() => 'crate'),
  lined: integer({ mode: 'boolean' }).notNull(),
});

beforeAll(() =>
  db.run(sql`create table if not exists test_boxes (id integer primary key autoincrement, label text not null,
    colour text not null default 'red', note text, width integer not null, kind text, lined integer not null)`),
);
afterAll(() => db.run(sql`drop table test_boxes`));

const key = 'test/rows';
const pending = eq(pendingObjects.key, key);

it('inserts a row with its defaults, whatever the order of the values', async () => {
  const [box] = await insertIf(db, boxes, { lined: true, label: 'a' }, undefined, undefined).returning();
  expect(box).toEqual({
    id: expect.any(Number),
    label: 'a',
    colour: 'red',
    note: null,
    width: 2,
    kind: 'crate',
    lined: true,
  });
  const values = { note: null, kind: null, label: 'b', colour: 'blue', lined: false } as const;
  const [other] = await insertIf(db, boxes, values, undefined, undefined).returning();
  expect(other).toMatchObject({ label: 'b', colour: 'blue', kind: null, lined: false });
});

it('inserts a row for each row of the source that the condition picks', async () => {
  await db.insert(pendingObjects).values({ key, createdAt: 5 });
  const insert = (where: SQL | undefined) =>
    insertIf(
      db,
      boxes,
      { label: pendingObjects.key, width: sql`${pendingObjects.createdAt} * 2`, lined: false },
      pendingObjects,
      where,
    ).returning({ label: boxes.label, width: boxes.width });
  expect(await insert(sql`${pending} and 1 = 2`)).toEqual([]);
  expect(await insert(pending)).toEqual([{ label: key, width: 10 }]);
  await db.delete(pendingObjects).where(pending);
});

it('does not compile without a required column, nor with a value of another type', () => {
  // @ts-expect-error `label` is missing
  insertIf(db, boxes, { lined: true }, undefined, undefined);
  // @ts-expect-error `label` is a text
  insertIf(db, boxes, { lined: true, label: 1 }, undefined, undefined);
  // @ts-expect-error `createdAt` is a number
  insertIf(db, boxes, { lined: true, label: pendingObjects.createdAt }, pendingObjects, undefined);
  // @ts-expect-error the table has no column `size`
  insertIf(db, boxes, { lined: true, label: 'c', size: 1 }, undefined, undefined);
});

it('answers the results of a batch by name, and leaves out what is undefined', async () => {
  const change = (label: string) =>
    db.update(boxes).set({ note: 'seen' }).where(eq(boxes.label, label)).returning({ note: boxes.note });
  const skipped = undefined as ReturnType<typeof change> | undefined;
  const result = await batch(db, {
    inserted: insertIf(db, boxes, { label: 'd', lined: false }, undefined, undefined),
    skipped,
    several: [change('d'), change('no such box')],
    none: [],
    changed: change('d'),
    rest: db.select({ id: boxes.id }).from(boxes).where(isNull(boxes.lined)),
  });
  expect(result).toEqual({
    inserted: expect.objectContaining({ rowsAffected: 1 }),
    skipped: undefined,
    several: [[{ note: 'seen' }], []],
    none: [],
    changed: [{ note: 'seen' }],
    rest: [],
  });
});

it('changes nothing when one statement of a batch fails', async () => {
  const failing = batch(db, {
    inserted: insertIf(db, boxes, { label: 'e', lined: false }, undefined, undefined),
    failed: insertIf(db, boxes, { label: sql`null`, lined: false }, undefined, undefined),
  });
  await expect(failing).rejects.toThrow();
  expect(await db.select().from(boxes).where(eq(boxes.label, 'e'))).toEqual([]);
});
