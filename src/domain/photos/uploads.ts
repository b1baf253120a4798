import { createHash } from 'node:crypto';
import { and, eq, exists, notExists, sql } from 'drizzle-orm';
import { type Facts, openImage } from '../../../packages/clean-image/src/cleanImage.ts';
import type { Using } from '../../env.ts';
import { Refusal } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { deleteObjects, newObjectKey, type Stored, streamObject } from '../../storage/objects.ts';
import { intents, photos } from '../../storage/schema.ts';
import { standing, sweptMeanwhile } from '../objects/pendingObjects.ts';
import type { Owner, Photo } from './photos.ts';

export type Arriving = {
  filename: string;
  chunks: AsyncIterable<Uint8Array>;
  /** Asked for once the chunks have ended, and before anything is stored. @throws Refusal */
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
  facts: Facts;
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
  const { owner, key, stored, facts, source } = photo;
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
            key: intents.key,
            filename: sql<string>`${photo.filename}`.as('filename'),
            contentType: sql<string>`${photo.contentType}`.as('content_type'),
            bytes: sql<number>`${stored.bytes}`.as('bytes'),
            width: sql<number>`${facts.width}`.as('width'),
            height: sql<number>`${facts.height}`.as('height'),
            orientation: sql<number>`${facts.orientation}`.as('orientation'),
            frames: sql<number>`${facts.frames}`.as('frames'),
            takenAt: sql<string | null>`${facts.takenAt}`.as('taken_at'),
            sha256: sql<string>`${stored.sha256}`.as('sha256'),
            sourceSha256: sql<string>`${source}`.as('source_sha256'),
            placeholder: sql<null>`null`.as('placeholder'),
            caption: sql<string | null>`${photo.caption()}`.as('caption'),
            createdAt: sql<number>`${at}`.as('created_at'),
            updatedAt: sql<number>`${at}`.as('updated_at'),
            publishedAt: sql<null>`null`.as('published_at'),
          })
          .from(intents)
          .where(and(standing(key), photo.once ? notExists(known) : undefined)),
      )
      .returning(),
    db.delete(intents).where(and(standing(key), exists(db.select().from(photos).where(eq(photos.key, key))))),
    known,
  ]);
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
      throw new Refusal(
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
 * @throws Refusal what the chunks, the caption and `openImage` refuse; `unavailable`
 */
export const storePhoto = async (
  tools: Using<'db' | 'bucket' | 'waiting' | 'settings' | 'now' | 'background'>,
  owner: Owner,
  arriving: Arriving,
): Promise<{ photo: Photo; isNew: boolean }> => {
  const { db, now, background, settings } = tools;
  if (arriving.once && arriving.digest) {
    const [known] = await selectKnown(db, owner, arriving.digest);
    if (known) return { photo: known, isNew: false };
  }
  const key = newObjectKey('photos', owner.id);
  const intended = db.insert(intents).values({ key, createdAt: now() }).then();
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
      onUpload: (uploadId) => db.update(intents).set({ uploadId }).where(eq(intents.key, key)),
    });
    return { contentType, stored, facts: image.facts(), source: watched.source() };
  };
  const received = await receive().catch((refusal) => {
    if (!asked) background(intended.then(() => db.delete(intents).where(standing(key)))); // nothing was stored, and nothing will be
    throw refusal;
  });
  const [[photo], , [known]] = await commit(tools, { ...arriving, ...received, owner, key });
  if (photo) return { photo, isNew: true };
  if (!arriving.once || !known) throw sweptMeanwhile(key);
  background(deleteObjects(tools, [key]).then(() => db.delete(intents).where(standing(key))));
  return { photo: known, isNew: false };
};
