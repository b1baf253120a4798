import { createHash } from 'node:crypto';
import { and, eq, exists, notExists, sql } from 'drizzle-orm';
import { ImageError, type ImageInfo, openImage } from '../../../packages/clean-image/src/cleanImage.ts';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { deleteObjects, newObjectKey, type Stored, streamObject } from '../../storage/objects.ts';
import { pendingObjects, photos } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { isPending, sweptDuringUpload } from '../objects/pendingObjects.ts';
import type { Owner, Photo } from './photos.ts';

export type Arriving = {
  filename: string;
  chunks: AsyncIterable<Uint8Array>;
  /** Asked for once the chunks have ended, and before anything is stored. @throws ApiError */
  caption: () => string | null;
  /** SHA-256 of the bytes in base64, as the sender says. */
  digest?: string | undefined;
  /** Whether the same bytes by the same owner are to be recognised instead of stored again. */
  once?: boolean;
};

type Described = Arriving & {
  owner: Owner;
  key: string;
  contentType: string;
  stored: Stored;
  info: ImageInfo;
  source: string;
};

/** The owner's first photo of these bytes. */
const selectKnown = (db: Database, owner: Owner, source: string) =>
  db
    .select()
    .from(photos)
    .where(and(eq(photos.accountId, owner.id), eq(photos.sourceSha256, source)))
    .orderBy(photos.id)
    .limit(1);

/** The statements by which the photo's row takes its intent's place, or does not where the owner has these bytes. */
const commit = ({ db, now }: Using<'db' | 'now'>, photo: Described) => {
  const { owner, key, stored, info, source } = photo;
  const at = now();
  const known = selectKnown(db, owner, source);
  // a batch that begins with a read has to begin anew where another writes before it does
  return db.batch([
    db
      .insert(photos)
      .select(
        db
          .select({
            id: sql<number>`null`.as('id'),
            accountId: sql<number>`${owner.id}`.as('account_id'),
            key: pendingObjects.key,
            filename: sql<string>`${photo.filename}`.as('filename'),
            contentType: sql<string>`${photo.contentType}`.as('content_type'),
            bytes: sql<number>`${stored.bytes}`.as('bytes'),
            width: sql<number>`${info.width}`.as('width'),
            height: sql<number>`${info.height}`.as('height'),
            orientation: sql<number>`${info.orientation}`.as('orientation'),
            frames: sql<number>`${info.frames}`.as('frames'),
            takenAt: sql<string | null>`${info.takenAt}`.as('taken_at'),
            sha256: sql<string>`${stored.sha256}`.as('sha256'),
            sourceSha256: sql<string>`${source}`.as('source_sha256'),
            placeholder: sql<null>`null`.as('placeholder'),
            caption: sql<string | null>`${photo.caption()}`.as('caption'),
            createdAt: sql<number>`${at}`.as('created_at'),
            updatedAt: sql<number>`${at}`.as('updated_at'),
            publishedAt: sql<null>`null`.as('published_at'),
          })
          .from(pendingObjects)
          .where(and(isPending(key), photo.once ? notExists(known) : undefined)),
      )
      .returning(),
    db
      .delete(pendingObjects)
      .where(and(isPending(key), exists(db.select().from(photos).where(eq(photos.key, key))))),
    known,
  ]);
};

/** What is wrong with an image, said of its file. */
const asApiError = (error: unknown) => {
  if (!(error instanceof ImageError)) return error;
  const { code, message } = error;
  if (code === 'unsupported') return new ApiError('unsupported_type', message);
  return new ApiError('invalid', message, { errors: [{ pointer: '#/file', detail: message }] });
};

/** The bytes as they pass, with their SHA-256 once they have; what the sender says of them must agree. */
const watch = ({ chunks, caption, digest }: Arriving) => {
  const hash = createHash('sha256');
  let source = '';
  async function* watched() {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
    source = hash.digest('base64');
    if (digest && digest !== source)
      throw new ApiError(
        'invalid',
        'The bytes are not those that Repr-Digest names: they were changed on the way.',
      );
    caption();
  }
  return { chunks: watched(), source: () => source };
};

/**
 * Stores a photo as a draft, while it arrives: an intent with the object's key, the object without the metadata that it came with, and one
 * batch in which the row takes the intent's place. The row is inserted only while its intent stands unswept, so a committed row always
 * has its bytes, and what fails half-way is left to the sweep. After a database error nothing is deleted: the row may be there although
 * its reply was lost. `isNew` is false for the photo that the owner had already, where that was asked for.
 * @throws ApiError what the chunks, the caption and `openImage` refuse; `unavailable`
 */
export const storePhoto = async (
  tools: Using<'db' | 'bucket' | 'budget' | 'settings' | 'now' | 'background'>,
  owner: Owner,
  arriving: Arriving,
): Promise<{ photo: Photo; isNew: boolean }> => {
  const { db, now, background, settings } = tools;
  if (arriving.once && arriving.digest) {
    const [known] = await selectKnown(db, owner, arriving.digest);
    if (known) return { photo: known, isNew: false };
  }
  const key = newObjectKey('photos', owner.id);
  const intended = db.insert(pendingObjects).values({ key, createdAt: now() }).then();
  intended.catch(() => {});
  let asked = false;
  const receive = async () => {
    const watched = watch(arriving);
    const image = await openImage(watched.chunks, { maxPixels: settings.PHOTO_MAX_MEGAPIXELS * 1_000_000 });
    const { contentType } = image;
    const stored = await streamObject(tools, key, {
      chunks: image.cleaned,
      contentType,
      intended: () => {
        asked = true;
        return intended;
      },
      onUpload: (uploadId) => db.update(pendingObjects).set({ uploadId }).where(eq(pendingObjects.key, key)),
    });
    return { contentType, stored, info: image.info(), source: watched.source() };
  };
  const received = await receive().catch((error) => {
    if (!asked) background(intended.then(() => db.delete(pendingObjects).where(isPending(key)))); // nothing was stored, and nothing will be
    throw asApiError(error);
  });
  const [[photo], , [known]] = await commit(tools, { ...arriving, ...received, owner, key });
  if (photo) return { photo, isNew: true };
  if (!arriving.once || !known) throw sweptDuringUpload(key);
  background(deleteObjects(tools, [key]).then(() => db.delete(pendingObjects).where(isPending(key))));
  return { photo: known, isNew: false };
};
