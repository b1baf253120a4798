import { asc, type Column, desc, type SQL, sql } from 'drizzle-orm';
import { type Position, readCursor, writeCursor } from './cursors.ts';

export type Paging = { limit: number; cursor?: string | undefined };

/** `next` is the cursor of the next page, null on the last one. */
export type Page<T> = { items: T[]; next: string | null };

export type Direction = 'asc' | 'desc';

/** How a list is sorted: by `key`, and by `id` among rows of equal keys. */
export type Order = { key: Column | SQL; id: Column; direction: Direction };

/** The rows after a position, for the `where` of a statement. */
export const isAfter = ({ key, id, direction }: Order, position: Position | undefined): SQL | undefined => {
  if (!position) return undefined;
  const comes = direction === 'asc' ? sql`>` : sql`<`;
  if (key === id) return sql`${id} ${comes} ${position.id}`;
  return sql`(${key}, ${id}) ${comes} (${position.at}, ${position.id})`;
};

/** The terms for the `order by` of a statement. */
export const inOrder = ({ key, id, direction }: Order): SQL[] => {
  const sort = direction === 'asc' ? asc : desc;
  return key === id ? [sort(id)] : [sort(key), sort(id)];
};

/**
 * Reads one page by keyset, never by offset: with an index in the list's order, every page costs the same.
 * @param list the name of the list with its order and filters: a cursor is valid for this list only
 * @param keyOf what the list is sorted by
 * @param select selects up to `limit` rows after a position
 * @throws ApiError `invalid` for a cursor of another list
 */
export const readPage = async <Row extends { id: number }>(
  list: string,
  { limit, cursor }: Paging,
  keyOf: (row: Row) => Position['at'],
  select: (after: Position | undefined, limit: number) => PromiseLike<Row[]>,
): Promise<Page<Row>> => {
  const rows = await select(readCursor(list, cursor), limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasNext = rows.length > limit && last;
  return { items, next: hasNext ? writeCursor(list, { at: keyOf(last), id: last.id }) : null };
};
