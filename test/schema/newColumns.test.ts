import { env } from 'cloudflare:workers';
import { getTableColumns, is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { expect, it } from 'vitest';
import { changeRole } from '../../src/domain/accounts/roles.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { startBudget } from '../../src/storage/requestBudget.ts';
import * as schema from '../../src/storage/schema.ts';
import { db } from '../support/database.ts';
import { OPERATIONS } from '../support/operations.ts';
import { call, register } from '../support/worker.ts';
import { CALLERS, makeWorld, tokenOf } from '../support/world.ts';

/*
 * This file runs with two new columns in every table (test/support/newColumns.ts): a change of a table must break no statement.
 * sweep.test.ts runs with them as well, for the cron.
 */
const tables = Object.values(schema).filter((table) => is(table, SQLiteTable));

it('has the new columns in every table of the schema and of the database', async () => {
  expect(tables.length).toBeGreaterThan(10);
  for (const table of tables) {
    const { name } = getTableConfig(table);
    expect(Object.keys(getTableColumns(table)), name).toEqual(
      expect.arrayContaining(['newText', 'newNumber']),
    );
    const { rows } = await db.execute(`select name from pragma_table_info('${name}')`);
    expect(rows.map((row) => row.name)).toEqual(expect.arrayContaining(['new_text', 'new_number']));
  }
});

it.each(Object.entries(OPERATIONS))('%s succeeds', async (operation, { may, call: example }) => {
  const [method = '', path = ''] = operation.split(' ');
  const statuses = may.split(' ').map(Number);
  const index = statuses.findIndex((status) => status < 300);
  const world = await makeWorld();
  const { params, ...options } = example?.(world) ?? {};
  const to = path.replace(/:(\w+)/g, (_, name) => String(params?.[name]));
  const { status, text } = await call(method, to, {
    ...options,
    token: tokenOf(world, CALLERS[index] ?? 'nobody'),
  });
  expect(status, text).toBe(statuses[index]);
});

it('makes an administrator', async () => {
  const { username, access_token: token } = await register();
  const orm = openDatabase({ LIBSQL_URL: env.LIBSQL_URL }, startBudget(60_000));
  await changeRole({ db: orm }, username, 'admin');
  expect((await call('GET', '/auth/me', { token })).body.me.role).toBe('admin');
});

it('has filled every column of the rows that were inserted', async () => {
  for (const table of tables) {
    const { name } = getTableConfig(table);
    const { rows } = await db.execute(
      `select new_text, new_number, count(*) as n from ${name} group by 1, 2`,
    );
    for (const row of rows) expect(row, name).toMatchObject({ new_text: null, new_number: 7 });
  }
});
