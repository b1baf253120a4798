import { and, asc, inArray, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../storage/database.ts';
import { abortUploads, deleteObjects } from '../../storage/objects.ts';
import { batch } from '../../storage/rows.ts';
import { imports, pendingObjects, revocations, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { variantKeys } from '../photos/variants.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PAGE_ROWS = 200;
/**
 * A run of the cron may make 1,000 requests. A page makes a dozen, and one for each upload that it aborts.
 */
const MAX_REQUESTS = 750;
const MAX_PAGES = 50;
const MAX_ROWS = 5_000;

type Tools = Using<'db' | 'bucket' | 'budget' | 'settings' | 'now'>;

/** Uploads that became neither a photo nor a file, long after their request ended. */
const abandoned = (at: number) =>
  and(isNull(pendingObjects.markedAt), lt(pendingObjects.createdAt, at - HOUR_MS));

/** Marked objects that were not deleted yet, or for the first time more than a day ago. */
const due = (at: number) =>
  and(
    isNotNull(pendingObjects.markedAt),
    or(isNull(pendingObjects.deletedAt), lt(pendingObjects.deletedAt, at - DAY_MS)),
  );

const sweepPage = async (tools: Tools, at: number) => {
  const { db } = tools;
  const { page } = await batch(db, {
    marked: db
      .update(pendingObjects)
      .set({ markedAt: at })
      .where(
        inArray(
          pendingObjects.key,
          db.select({ key: pendingObjects.key }).from(pendingObjects).where(abandoned(at)).limit(PAGE_ROWS),
        ),
      ),
    page: db
      .select({
        key: pendingObjects.key,
        uploadId: pendingObjects.uploadId,
        deletedAt: pendingObjects.deletedAt,
        bytes: pendingObjects.bytes,
      })
      .from(pendingObjects)
      .where(due(at))
      .orderBy(asc(pendingObjects.deletedAt))
      .limit(PAGE_ROWS),
  });
  const uploads = page.flatMap(({ key, uploadId }) => (uploadId === null ? [] : [{ key, uploadId }]));
  const first = page.filter(({ deletedAt }) => deletedAt === null);
  const again = page.filter(({ deletedAt }) => deletedAt !== null);
  if (page.length > 0) {
    await abortUploads(tools, uploads);
    await deleteObjects(
      tools,
      page.flatMap(({ key }) => [key, ...variantKeys(key)]),
    );
    const keysOf = (rows: typeof page) => rows.map(({ key }) => key);
    await batch(db, {
      deleted: db
        .update(pendingObjects)
        .set({ deletedAt: at })
        .where(inArray(pendingObjects.key, keysOf(first))),
      forgotten: db.delete(pendingObjects).where(inArray(pendingObjects.key, keysOf(again))),
    });
  }
  const bytes = first.reduce((sum, row) => sum + (row.bytes ?? 0), 0);
  return { deleted: first.length, forgotten: again.length, bytes, aborted: uploads.length };
};

/**
 * Deletes the objects of removed photos and files, and of uploads that became neither. It marks an object
 * before it deletes it, so that an upload that is still running inserts no row. It deletes it again a day
 * later, because a transfer can outlive its request, and then deletes its row. It goes page by page, as far
 * as one run of the cron may go; `left` says whether the next run has more to do. `bytes` counts the objects
 * whose size is known.
 */
export const sweepObjects = async (tools: Tools) => {
  const at = tools.now();
  const swept = { deleted: 0, forgotten: 0, bytes: 0, aborted: 0, left: true };
  for (
    let pages = 1;
    swept.left && pages <= MAX_PAGES && pages * 12 + swept.aborted + PAGE_ROWS < MAX_REQUESTS;
    pages++
  ) {
    const page = await sweepPage(tools, at);
    swept.deleted += page.deleted;
    swept.forgotten += page.forgotten;
    swept.bytes += page.bytes;
    swept.aborted += page.aborted;
    swept.left = page.deleted + page.forgotten === PAGE_ROWS;
  }
  return swept;
};

const expired = {
  sessions: (at: number) => lt(sessions.expiresAt, at - DAY_MS),
  revocations: (at: number) => lt(revocations.expiresAt, at - DAY_MS),
};

/** Deletes sessions and revocations whose last token expired more than a day ago, at most 5,000 of each. */
export const sweepTokens = async ({ db, now }: Tools) => {
  const at = now();
  const oldSessions = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(expired.sessions(at))
    .limit(MAX_ROWS);
  const oldRevocations = db
    .select({ subject: revocations.subject })
    .from(revocations)
    .where(expired.revocations(at))
    .limit(MAX_ROWS);
  const deleted = await batch(db, {
    sessions: db.delete(sessions).where(inArray(sessions.id, oldSessions)),
    revocations: db.delete(revocations).where(inArray(revocations.subject, oldRevocations)),
  });
  return { sessions: deleted.sessions.rowsAffected, revocations: deleted.revocations.rowsAffected };
};

/** Counts what the next sweep would find. It changes nothing. */
export const previewSweep = async ({ db, now }: { db: Database; now: () => number }) => {
  const at = now();
  const count = (
    table: typeof pendingObjects | typeof sessions | typeof revocations | typeof imports,
    where: SQL | undefined,
  ) => db.select({ rows: sql<number>`count(*)` }).from(table).where(where);
  const first = and(isNotNull(pendingObjects.markedAt), isNull(pendingObjects.deletedAt));
  const found = await batch(db, {
    uploads: count(pendingObjects, abandoned(at)),
    removed: db
      .select({ rows: sql<number>`count(*)`, bytes: sql<number>`coalesce(sum(${pendingObjects.bytes}), 0)` })
      .from(pendingObjects)
      .where(first),
    again: count(
      pendingObjects,
      and(isNotNull(pendingObjects.deletedAt), lt(pendingObjects.deletedAt, at - DAY_MS)),
    ),
    sessions: count(sessions, expired.sessions(at)),
    revocations: count(revocations, expired.revocations(at)),
    imports: count(imports, lt(imports.createdAt, at - HOUR_MS)),
  });
  return {
    abandonedUploads: found.uploads[0]?.rows ?? 0,
    removedObjects: found.removed[0]?.rows ?? 0,
    removedBytes: found.removed[0]?.bytes ?? 0,
    deletedAgain: found.again[0]?.rows ?? 0,
    sessions: found.sessions[0]?.rows ?? 0,
    revocations: found.revocations[0]?.rows ?? 0,
    imports: found.imports[0]?.rows ?? 0,
  };
};
