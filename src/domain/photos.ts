import { and, eq, getTableColumns, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Using } from '../env.ts';
import { Refusal } from '../refusal.ts';
import { newObjectKey, putObject } from '../storage/objects.ts';
import { accounts, intents, photos } from '../storage/schema.ts';
import { judgeImage } from './images.ts';
import { intendRemoval, removeObject, standing, sweptMeanwhile } from './intents.ts';

export type Photo = typeof photos.$inferSelect;
export type Owner = { id: number; username: string };
export type Upload = { filename: string; bytes: Uint8Array; caption: string | null };

const missing = () => new Refusal('not_found', 'There is no such photo.');

const owned = (owner: Owner, id: number) => and(eq(photos.id, id), eq(photos.accountId, owner.id));

/**
 * Stores a photo as a draft: an intent with the object's key, the object, and one batch in which the row takes the intent's place. The
 * row is inserted only while its intent stands unswept, so a committed row always has its bytes, and what fails half-way is left to
 * the sweep. After a database error nothing is deleted: the row may be there although its reply was lost.
 * @throws Refusal what `arriving` and `judgeImage` refuse; `unavailable`
 */
export const storePhoto = async (
  tools: Using<'db' | 'bucket' | 'waiting' | 'settings' | 'now' | 'background'>,
  owner: Owner,
  arriving: Promise<Upload>,
): Promise<Photo> => {
  const { db, now } = tools;
  const key = newObjectKey('photos', owner.id);
  const intent = db.insert(intents).values({ key, createdAt: now() }).then();
  const accept = async () => {
    const [upload] = await Promise.all([arriving, intent]);
    return { ...upload, ...judgeImage(tools, upload.bytes) };
  };
  const { bytes, filename, caption, contentType, width, height } = await accept().catch((refusal) => {
    tools.background(db.delete(intents).where(standing(key)).then()); // nothing was stored under this key, and nothing will be
    throw refusal;
  });
  await putObject(tools, key, bytes, contentType);

  const at = now();
  const [[photo]] = await db.batch([
    db
      .insert(photos)
      .select(
        db
          .select({
            id: sql<number>`null`.as('id'),
            accountId: sql<number>`${owner.id}`.as('account_id'),
            key: intents.key,
            filename: sql<string>`${filename}`.as('filename'),
            contentType: sql<string>`${contentType}`.as('content_type'),
            bytes: sql<number>`${bytes.length}`.as('bytes'),
            width: sql<number>`${width}`.as('width'),
            height: sql<number>`${height}`.as('height'),
            frames: sql<null>`null`.as('frames'),
            takenAt: sql<null>`null`.as('taken_at'),
            sha256: sql<null>`null`.as('sha256'),
            sourceSha256: sql<null>`null`.as('source_sha256'),
            placeholder: sql<null>`null`.as('placeholder'),
            caption: sql<string | null>`${caption}`.as('caption'),
            createdAt: sql<number>`${at}`.as('created_at'),
            updatedAt: sql<number>`${at}`.as('updated_at'),
            publishedAt: sql<null>`null`.as('published_at'),
          })
          .from(intents)
          .where(standing(key)),
      )
      .returning(),
    db.delete(intents).where(standing(key)),
  ]);
  if (!photo) throw sweptMeanwhile(key);
  return photo;
};

/** Publishes once: a second time changes nothing. @throws Refusal `not_found` for what is not the owner's */
export const publishPhoto = async ({ db, now }: Using<'db' | 'now'>, owner: Owner, id: number): Promise<Photo> => {
  const at = now();
  const [photo] = await db
    .update(photos)
    .set({
      publishedAt: sql`coalesce(${photos.publishedAt}, ${at})`,
      updatedAt: sql`case when ${photos.publishedAt} is null then ${at} else ${photos.updatedAt} end`,
    })
    .where(owned(owner, id))
    .returning();
  if (!photo) throw missing();
  return photo;
};

/** @throws Refusal `not_found` for what is not the owner's */
export const captionPhoto = async (
  { db, now }: Using<'db' | 'now'>,
  owner: Owner,
  id: number,
  caption: string | null,
): Promise<Photo> => {
  const [photo] = await db.update(photos).set({ caption, updatedAt: now() }).where(owned(owner, id)).returning();
  if (!photo) throw missing();
  return photo;
};

/**
 * Removes a photo: its row goes and its object is marked for deletion in one batch, then the object goes. Where that fails, the sweep
 * does it. @throws Refusal `not_found` for what is not the owner's
 */
export const removePhoto = async (tools: Using<'db' | 'bucket' | 'waiting' | 'now'>, owner: Owner, id: number): Promise<void> => {
  const { db, now } = tools;
  const which = owned(owner, id);
  const [, [removed]] = await db.batch([
    intendRemoval(db, photos, which, now()),
    db.delete(photos).where(which).returning({ key: photos.key }),
  ]);
  if (!removed) throw missing();
  await removeObject(tools, removed.key);
};

/** A photo with its owner's name, as far as the viewer may know of it: the own ones, and others' published ones. */
export const findPhoto = ({ db }: Using<'db'>, viewer: number, id: number): Promise<(Photo & { username: string }) | undefined> =>
  db
    .select({ ...getTableColumns(photos), username: accounts.username })
    .from(photos)
    .innerJoin(accounts, eq(accounts.id, photos.accountId))
    .where(
      and(eq(photos.id, id), isNull(accounts.deactivatedAt), or(eq(photos.accountId, viewer), isNotNull(photos.publishedAt))),
    )
    .get();

/** @throws Refusal `not_found` */
export const getPhoto = async (tools: Using<'db'>, viewer: number, id: number) => {
  const photo = await findPhoto(tools, viewer, id);
  if (!photo) throw missing();
  return photo;
};
