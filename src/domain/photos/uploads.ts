import { createHash } from 'node:crypto';
import { cleanImage, ImageError, type ImageInfo } from 'clean-image';
import { and, eq, exists, notExists } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { newObjectKey, type Stored } from '../../storage/objects.ts';
import { batch, insertIf } from '../../storage/rows.ts';
import { pendingObjects, photos } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { commitObject, discardObject, explainRefusal, startObject } from '../objects/newObjects.ts';
import { deletePending, isPending, sweptDuringUpload } from '../objects/pendingObjects.ts';
import { hasRoom } from '../objects/quotas.ts';
import type { Owner, Photo } from './photos.ts';
import { placePlaceholder } from './placeholders.ts';

/** A photo that is to be stored. */
export type PhotoUpload = {
  filename: string;
  chunks: AsyncIterable<Uint8Array>;
  /** Called when the chunks have ended, before anything is stored. @throws ApiError */
  caption: () => string | null;
  /** SHA-256 of the bytes in base64, as the sender says. */
  digest?: string | undefined;
  /** Whether to answer with the photo that the owner has stored before, if it has the same bytes. */
  once?: boolean;
};

/** One of several photos of a request. */
export type IncomingPhoto = PhotoUpload & {
  /** Why this photo is refused, if that is known before its first byte. */
  refusal?: ApiError | undefined;
  /** Drains what is left of the photo, and says whether it was too large. */
  finish: () => Promise<ApiError | undefined>;
};

export type StoredPhoto = { photo: Photo; isNew: boolean };
export type PhotoResult = StoredPhoto | { error: unknown };

type ReceivedPhoto = PhotoUpload & {
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

/** Replaces the photo's pending object by its row, unless the owner has these bytes and wants them once. */
const commit = (tools: Using<'db' | 'budget' | 'settings' | 'now'>, photo: ReceivedPhoto) => {
  const { db, now } = tools;
  const { owner, key, stored, info, source } = photo;
  const at = now();
  const known = selectKnown(db, owner, source);
  const row = {
    accountId: owner.id,
    key: pendingObjects.key,
    filename: photo.filename,
    contentType: photo.contentType,
    bytes: stored.bytes,
    width: info.width,
    height: info.height,
    orientation: info.orientation,
    frames: info.frames,
    takenAt: info.takenAt,
    sha256: stored.sha256,
    sourceSha256: source,
    caption: photo.caption(),
    createdAt: at,
    updatedAt: at,
  };
  const isNew = photo.once ? notExists(known) : undefined;
  const find = db.select().from(photos).where(eq(photos.key, key));
  // A batch that begins with a read must be repeated when another request writes first.
  const statements = () => ({
    inserted: insertIf(
      db,
      photos,
      row,
      pendingObjects,
      and(isPending(key), hasRoom(tools, owner.id, stored.bytes), isNew),
    ).returning(),
    done: deletePending(db, key, exists(find)),
    known,
  });
  return commitObject(tools, key, () => batch(db, statements()), find);
};

/** Makes an error of the image an error of its file. */
const asApiError = (error: unknown) => {
  if (!(error instanceof ImageError)) return error;
  const { code, message } = error;
  if (code === 'unsupported') return new ApiError('unsupported_type', message);
  return new ApiError('invalid', message, { errors: [{ field: 'file', detail: message }] });
};

/** Passes the bytes on, and computes their SHA-256. It must match the sender's digest, if there is one. */
const hashChunks = ({ chunks, caption, digest }: PhotoUpload) => {
  const hash = createHash('sha256');
  let source = '';
  async function* hashed() {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
    source = hash.digest('base64');
    if (digest && digest !== source)
      throw new ApiError('invalid', 'The bytes do not match the digest that was sent with them.');
    caption();
  }
  return { chunks: hashed(), source: () => source };
};

/**
 * Stores a photo as a draft while it arrives, in three steps: the row of a pending object, the object without
 * the file's metadata, and one batch in which the photo's row takes the place of the pending object. The row
 * is inserted only if the pending object is not marked for deletion, so a photo always has its bytes. The
 * sweep deletes what a failure leaves over. `isNew` is false if `once` finds a photo that the owner has.
 * @throws ApiError what the chunks, the caption and `cleanImage` refuse; `unavailable`
 */
export const storePhoto = async (
  tools: Using<'db' | 'bucket' | 'budget' | 'settings' | 'now' | 'background'>,
  owner: Owner,
  upload: PhotoUpload,
): Promise<StoredPhoto> => {
  const { db, settings } = tools;
  if (upload.once && upload.digest) {
    const [known] = await selectKnown(db, owner, upload.digest);
    if (known) return { photo: known, isNew: false };
  }
  const key = newObjectKey('photos', owner.id);
  const object = startObject(tools, { key, accountId: owner.id }, undefined, () => sweptDuringUpload(key));
  const receive = async () => {
    const hashed = hashChunks(upload);
    const image = await cleanImage(hashed.chunks, { maxPixels: settings.PHOTO_MAX_MEGAPIXELS * 1_000_000 });
    const { contentType } = image;
    const stored = await object.store(contentType, image.readable);
    return { contentType, stored, info: image.info(), source: hashed.source() };
  };
  const received = await receive().catch((error) => {
    object.abandon();
    throw asApiError(error);
  });
  const committed = await commit(tools, { ...upload, ...received, owner, key });
  const [photo] = committed.inserted;
  if (photo) return { photo, isNew: true };
  const [known] = 'known' in committed ? committed.known : [];
  if (!upload.once || !known)
    return explainRefusal(tools, { key, accountId: owner.id, bytes: received.stored.bytes });
  discardObject(tools, key);
  return { photo: known, isNew: false };
};

/**
 * Stores the photos of one request, one after the other: each has its own result. `countPhoto` counts one
 * against the owner's limit; it is called for each photo after the first, which was counted with the request.
 * @throws ApiError if the photos cannot be read at all
 */
export const storePhotos = async (
  tools: Parameters<typeof storePhoto>[0] & Using<'images'>,
  owner: Owner,
  incoming: AsyncIterable<IncomingPhoto>,
  countPhoto: () => Promise<unknown>,
): Promise<PhotoResult[]> => {
  const results: PhotoResult[] = [];
  const store = async (upload: IncomingPhoto) => {
    if (upload.refusal) throw upload.refusal;
    if (results.length > 0) {
      tools.budget.extend(tools.settings.REQUEST_BUDGET_MS);
      await countPhoto();
    }
    const stored = await storePhoto(tools, owner, upload);
    if (stored.isNew) tools.background(placePlaceholder(tools, stored.photo));
    return stored;
  };
  for await (const upload of incoming)
    results.push(await store(upload).catch(async (error) => ({ error: (await upload.finish()) ?? error })));
  return results;
};
