import { and, eq, getTableColumns, isNotNull, isNull, type SQL } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, photos } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { idOfUsername } from '../accounts/identifiers.ts';
import { type Direction, inOrder, isAfter, type Order, type Page, type Paging, readPage } from '../pages.ts';
import { foldIdentifier } from '../text.ts';
import type { Photo } from './photos.ts';

export type FeedQuery = Paging & { order: Direction };
export type ListedPhoto = Photo & { username: string };

/** CROSS JOIN makes SQLite read the photos in their order and look up the owner of each. */
const select = (db: Database, where: SQL | undefined, order: Order, limit: number) =>
  db
    .select({ ...getTableColumns(photos), username: accounts.username })
    .from(photos)
    .crossJoin(accounts)
    .where(and(eq(accounts.id, photos.accountId), isNull(accounts.deactivatedAt), where))
    .orderBy(...inOrder(order))
    .limit(limit);

/**
 * Everyone's published photos, or those of one user, by the time of publication.
 * @throws ApiError `not_found` for an unknown user, `invalid` for a cursor of another list
 */
export const listFeed = (
  { db }: Using<'db'>,
  query: FeedQuery,
  username: string | undefined,
): Promise<Page<ListedPhoto>> => {
  const list = ['feed', query.order, username === undefined ? '' : foldIdentifier(username)].join(' ');
  const order = { key: photos.publishedAt, id: photos.id, direction: query.order };
  const published = isNotNull(photos.publishedAt);
  return readPage(
    list,
    query,
    (photo) => photo.publishedAt ?? 0,
    async (position, limit) => {
      const after = and(published, isAfter(order, position));
      if (username === undefined) return select(db, after, order, limit);
      const owner = idOfUsername('member', username);
      const { rows, known } = await batch(db, {
        rows: select(db, and(after, eq(photos.accountId, owner)), order, limit),
        known: db
          .select({ id: accounts.id })
          .from(accounts)
          .where(and(eq(accounts.id, owner), isNull(accounts.deactivatedAt))),
      });
      if (known.length === 0) throw new ApiError('not_found', `There is no user called ${username}.`);
      return rows;
    },
  );
};

/**
 * An account's own photos, or only its drafts, by the time of creation.
 * @throws ApiError `invalid` for a cursor of another list
 */
export const listOwn = (
  { db }: Using<'db'>,
  owner: number,
  query: FeedQuery,
  which: 'all' | 'drafts',
): Promise<Page<ListedPhoto>> => {
  const list = [which, query.order, owner].join(' ');
  const order = { key: photos.createdAt, id: photos.id, direction: query.order };
  const own = and(eq(photos.accountId, owner), which === 'drafts' ? isNull(photos.publishedAt) : undefined);
  return readPage(
    list,
    query,
    (photo) => photo.createdAt,
    (position, limit) => select(db, and(own, isAfter(order, position)), order, limit),
  );
};
