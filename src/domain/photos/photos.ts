import { and, eq, getTableColumns, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { forgetAtEdge } from '../../storage/edge.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, photos } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { markForDeletion, removeObject } from '../objects/pendingObjects.ts';
import { namesAtEdge } from './variants.ts';

export type Photo = typeof photos.$inferSelect;
export type Owner = { id: number; username: string };

const missing = () => new ApiError('not_found', 'Photo not found.');

const isOwned = (owner: Owner, id: number) => and(eq(photos.id, id), eq(photos.accountId, owner.id));

/**
 * Publishes a draft. A photo that is published already stays as it is.
 * @throws ApiError `not_found` for a photo of another owner
 */
export const publishPhoto = async (
  { db, now }: Using<'db' | 'now'>,
  owner: Owner,
  id: number,
): Promise<Photo> => {
  const at = now();
  const [photo] = await db
    .update(photos)
    .set({
      publishedAt: sql`coalesce(${photos.publishedAt}, ${at})`,
      updatedAt: sql`case when ${photos.publishedAt} is null then ${at} else ${photos.updatedAt} end`,
    })
    .where(isOwned(owner, id))
    .returning();
  if (!photo) throw missing();
  return photo;
};

/** @throws ApiError `not_found` for a photo of another owner */
export const captionPhoto = async (
  { db, now }: Using<'db' | 'now'>,
  owner: Owner,
  id: number,
  caption: string | null,
): Promise<Photo> => {
  const [photo] = await db
    .update(photos)
    .set({ caption, updatedAt: now() })
    .where(isOwned(owner, id))
    .returning();
  if (!photo) throw missing();
  return photo;
};

/**
 * Deletes a photo: its row, and then its object with its variants. If that fails, the sweep deletes them.
 * @throws ApiError `not_found` for a photo of another owner
 */
export const removePhoto = async (
  tools: Using<'db' | 'bucket' | 'budget' | 'settings' | 'now' | 'background'>,
  owner: Owner,
  id: number,
): Promise<void> => {
  const { db, now } = tools;
  const isTarget = isOwned(owner, id);
  const deleted = await batch(db, {
    marked: markForDeletion(db, photos, isTarget, now()),
    removed: db.delete(photos).where(isTarget).returning({ key: photos.key }),
  });
  const [removed] = deleted.removed;
  if (!removed) throw missing();
  await removeObject(tools, removed.key);
  tools.background(forgetAtEdge(namesAtEdge(id, removed.key)));
};

/** A photo that the viewer may see: its own, or a published one. With the owner's username. */
export const findPhoto = (
  { db }: Using<'db'>,
  viewer: number,
  id: number,
): Promise<(Photo & { username: string }) | undefined> =>
  db
    .select({ ...getTableColumns(photos), username: accounts.username })
    .from(photos)
    .innerJoin(accounts, eq(accounts.id, photos.accountId))
    .where(
      and(
        eq(photos.id, id),
        isNull(accounts.deactivatedAt),
        or(eq(photos.accountId, viewer), isNotNull(photos.publishedAt)),
      ),
    )
    .get();

/** @throws ApiError `not_found` */
export const getPhoto = async (tools: Using<'db'>, viewer: number, id: number) => {
  const photo = await findPhoto(tools, viewer, id);
  if (!photo) throw missing();
  return photo;
};
