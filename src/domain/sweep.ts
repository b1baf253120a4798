import { and, inArray, isNotNull, isNull, lt, or } from 'drizzle-orm';
import type { Using } from '../env.ts';
import { abortUploads, deleteObjects } from '../storage/objects.ts';
import { intents, revocations, sessions } from '../storage/schema.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PAGE = 500;

type Tools = Using<'db' | 'bucket' | 'waiting' | 'now'>;

/**
 * Deletes the objects of uploads that became no photo and no file, and of those that were removed. It marks before it deletes, so that an
 * upload which is still under way finds its intent swept and inserts no row; and it deletes once more a day later, before it forgets.
 * Takes one page; what is left waits for the next run.
 */
export const sweepObjects = async ({ db, bucket, waiting, now }: Tools): Promise<{ deleted: number; forgotten: number }> => {
  const at = now();
  const abandoned = db
    .select({ key: intents.key })
    .from(intents)
    .where(and(isNull(intents.sweptAt), lt(intents.createdAt, at - HOUR)))
    .limit(PAGE);
  const [, due] = await db.batch([
    db.update(intents).set({ sweptAt: at }).where(inArray(intents.key, abandoned)),
    db
      .select({ key: intents.key, uploadId: intents.uploadId, deletedAt: intents.deletedAt })
      .from(intents)
      .where(and(isNotNull(intents.sweptAt), or(isNull(intents.deletedAt), lt(intents.deletedAt, at - DAY))))
      .limit(PAGE),
  ]);
  if (due.length === 0) return { deleted: 0, forgotten: 0 };
  await abortUploads(
    { bucket, waiting },
    due.flatMap(({ key, uploadId }) => (uploadId === null ? [] : [{ key, uploadId }])),
  );
  await deleteObjects(
    { bucket, waiting },
    due.map(({ key }) => key),
  );
  const first = due.filter(({ deletedAt }) => deletedAt === null).map(({ key }) => key);
  const again = due.filter(({ deletedAt }) => deletedAt !== null).map(({ key }) => key);
  await db.batch([
    db.update(intents).set({ deletedAt: at }).where(inArray(intents.key, first)),
    db.delete(intents).where(inArray(intents.key, again)),
  ]);
  return { deleted: first.length, forgotten: again.length };
};

/** Forgets sessions and revocations whose last token has expired. Takes a page of each. */
export const sweepTokens = async ({ db, now }: Tools): Promise<void> => {
  const before = now() - DAY;
  const oldSessions = db.select({ id: sessions.id }).from(sessions).where(lt(sessions.expiresAt, before)).limit(PAGE);
  const oldRevocations = db
    .select({ subject: revocations.subject })
    .from(revocations)
    .where(lt(revocations.expiresAt, before))
    .limit(PAGE);
  await db.batch([
    db.delete(sessions).where(inArray(sessions.id, oldSessions)),
    db.delete(revocations).where(inArray(revocations.subject, oldRevocations)),
  ]);
};
