import { and, asc, desc, eq, getTableColumns, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, photos } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { foldIdentifier, idOfUsername } from '../accounts/identifiers.ts';
import { type Position, readCursor, writeCursor } from '../cursors.ts';
import type { Photo } from './photos.ts';

export type Paging = { order: 'asc' | 'desc'; limit: number; cursor?: string | undefined };
export type Listed = Photo & { username: string };
export type Page = { photos: Listed[]; next: string | null };

/**
 * One page by keyset, never by offset: an index serves each order, so a page costs the same however many rows there are. CROSS JOIN
 * holds SQLite to reading photos in that order and looking each owner up.
 */
const select = (
  db: Database,
  where: SQL | undefined,
  by: SQLiteColumn,
  { order, limit }: Paging,
  after: Position | undefined,
) => {
  const later =
    after && sql`(${by}, ${photos.id}) ${order === 'asc' ? sql`>` : sql`<`} (${after.at}, ${after.id})`;
  const direction = order === 'asc' ? asc : desc;
  return db
    .select({ ...getTableColumns(photos), username: accounts.username })
    .from(photos)
    .crossJoin(accounts)
    .where(and(eq(accounts.id, photos.accountId), isNull(accounts.deactivatedAt), where, later))
    .orderBy(direction(by), direction(photos.id))
    .limit(limit + 1);
};

const page = (rows: Listed[], list: string, limit: number, at: (photo: Photo) => number | null): Page => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last;
  return { photos: shown, next: more ? writeCursor(list, { at: at(last) ?? 0, id: last.id }) : null };
};

/**
 * Everyone's published photos, or those of the user with this name, by the time of publication.
 * @throws ApiError `not_found` for an unknown user, `invalid` for a cursor of another list
 */
export const listFeed = async (
  { db }: Using<'db'>,
  paging: Paging,
  username: string | undefined,
): Promise<Page> => {
  const list = ['feed', paging.order, username === undefined ? '' : foldIdentifier(username)].join(' ');
  const after = readCursor(list, paging.cursor);
  const publishedOf = (account: SQL | undefined) =>
    select(db, and(isNotNull(photos.publishedAt), account), photos.publishedAt, paging, after);
  if (username === undefined)
    return page(await publishedOf(undefined), list, paging.limit, (p) => p.publishedAt);

  const theirs = idOfUsername('member', username);
  const { rows, known } = await batch(db, {
    rows: publishedOf(eq(photos.accountId, theirs)),
    known: db
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(eq(accounts.id, theirs), isNull(accounts.deactivatedAt))),
  });
  if (known.length === 0) throw new ApiError('not_found', `There is no user called ${username}.`);
  return page(rows, list, paging.limit, (p) => p.publishedAt);
};

/** An account's own photos, or only its drafts, by the time of creation. @throws ApiError `invalid` for a cursor of another list */
export const listOwn = async (
  { db }: Using<'db'>,
  owner: number,
  paging: Paging,
  which: 'all' | 'drafts',
): Promise<Page> => {
  const list = [which, paging.order, owner].join(' ');
  const after = readCursor(list, paging.cursor);
  const where = and(eq(photos.accountId, owner), which === 'drafts' ? isNull(photos.publishedAt) : undefined);
  return page(
    await select(db, where, photos.createdAt, paging, after),
    list,
    paging.limit,
    (p) => p.createdAt,
  );
};
