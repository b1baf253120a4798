import { type AnyColumn, Column, getTableColumns, type InferInsertModel, is, SQL, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Database } from './database.ts';

/** Each value is a literal, or a column or an expression that the statement reads it from. */
type Values<Row> = { [K in keyof Row]: Row[K] | SQL | AnyColumn<{ data: NonNullable<Row[K]> }> };

const defaultOf = (column: Column) => column.default ?? column.defaultFn?.() ?? null;

/**
 * The statement that inserts one row of `values` for each row of `source` that `where` picks; without a
 * source, one row if `where` holds. A column that `values` leaves out gets its default, or null if it has
 * none.
 */
export const insertIf = <T extends SQLiteTable>(
  db: Database,
  table: T,
  values: Values<InferInsertModel<T>>,
  source: SQLiteTable | SQL | undefined,
  where: SQL | undefined,
) => {
  const given: Record<string, unknown> = values;
  const columns = Object.entries<Column>(getTableColumns(table));
  const selected = columns.map(([name, column]) => {
    const value = given[name] === undefined ? defaultOf(column) : given[name];
    return is(value, SQL) || is(value, Column) ? value : sql.param(value, column);
  });
  const from = source && sql` from ${source}`;
  const condition = where && sql` where ${where}`;
  return db.insert(table).select(sql`select ${sql.join(selected, sql`, `)}${from}${condition}`);
};

type Statement = BatchItem<'sqlite'>;

type ResultOf<S> = S extends Statement
  ? S['_']['result']
  : S extends readonly Statement[]
    ? unknown[]
    : undefined;

/**
 * Runs statements in one request, in the order in which they are written: all of them, or none. Answers their
 * results by the same names. An `undefined` statement is left out; an array stands for any number of
 * statements.
 */
export const batch = async <S extends Record<string, Statement | readonly Statement[] | undefined>>(
  db: Database,
  statements: S,
): Promise<{ [K in keyof S]: ResultOf<S[K]> }> => {
  const all = Object.values(statements).flatMap((group) => group ?? []) as [Statement, ...Statement[]];
  const results = (await db.batch(all)) as unknown[];
  const take = (group: Statement | readonly Statement[] | undefined) => {
    if (group === undefined) return undefined;
    return Array.isArray(group) ? results.splice(0, group.length) : results.shift();
  };
  const named = Object.entries(statements).map(([name, group]) => [name, take(group)]);
  return Object.fromEntries(named);
};
