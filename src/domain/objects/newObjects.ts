import { and, eq, type SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { ApiError } from '../../errors.ts';
import { isTaken } from '../../storage/database.ts';
import { deleteObjects, type Stored, streamObject } from '../../storage/objects.ts';
import { batch, insertIf } from '../../storage/rows.ts';
import { pendingObjects } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { deletePending, isPending, sweptDuringUpload } from './pendingObjects.ts';
import { expectRoom, hasRoom } from './quotas.ts';

type Tools = Using<'db' | 'bucket' | 'budget' | 'settings' | 'now' | 'background'>;

/**
 * Starts an object: inserts the row of a pending object if the account has any room and `isAllowed` holds,
 * while the first bytes arrive. Nothing is stored before that row exists, so the sweep finds everything that
 * is left over. `refuse` makes the error for an object that is not allowed.
 */
export const startObject = (
  tools: Tools,
  { key, accountId }: { key: string; accountId: number },
  isAllowed: SQL | undefined,
  refuse: () => ApiError,
) => {
  const { db, now, background } = tools;
  const mayBegin = and(hasRoom(tools, accountId, 1), isAllowed);
  const inserting = insertIf(db, pendingObjects, { key, createdAt: now() }, undefined, mayBegin)
    .returning({ key: pendingObjects.key })
    .then(async ([row]) => {
      if (row) return;
      await expectRoom(tools, accountId, 1);
      throw refuse();
    });
  inserting.catch(() => {});
  let isStored = false;
  const begin = () => {
    isStored = true;
    return inserting;
  };
  const onUpload = (uploadId: string) =>
    db.update(pendingObjects).set({ uploadId }).where(eq(pendingObjects.key, key));
  return {
    /** Stores the bytes as they arrive. */
    store: (contentType: string, chunks: AsyncIterable<Uint8Array>): Promise<Stored> =>
      streamObject(tools, key, { contentType, chunks, begin, onUpload }),
    /** Deletes the row if nothing was stored. The sweep deletes what was stored. */
    abandon: () => {
      if (!isStored) background(inserting.then(() => deletePending(db, key)).catch(() => {}));
    },
  };
};

/**
 * Runs `commit`, the batch in which a row takes the place of its pending object, with a time budget of its
 * own. If its reply is lost or late, the pending object is marked for deletion: then either the row exists
 * and `find` finds it, or it can never be inserted.
 * @throws ApiError `unavailable` if the row does not exist, or the database does not respond
 */
export const commitObject = async <R, F extends BatchItem<'sqlite'>>(
  { db, budget, settings, now }: Using<'db' | 'budget' | 'settings' | 'now'>,
  key: string,
  commit: () => Promise<R>,
  find: F,
): Promise<R | { inserted: F['_']['result'] }> => {
  budget.ensure(settings.REQUEST_BUDGET_MS);
  try {
    return await commit();
  } catch (error) {
    if (isTaken(error)) throw error;
    budget.ensure(settings.REQUEST_BUDGET_MS);
    const marked = db.update(pendingObjects).set({ markedAt: now() }).where(isPending(key));
    const { found } = await batch(db, { marked, found: find }).catch(() => {
      throw error;
    });
    if ((found as unknown[]).length === 0) throw error;
    return { inserted: found };
  }
};

/** Deletes an object that no row will name, in the background. */
export const discardObject = (tools: Tools, key: string): void =>
  tools.background(deleteObjects(tools, [key]).then(() => deletePending(tools.db, key)));

/**
 * Says why an object of so many bytes got no row.
 * @throws ApiError `quota_exceeded`; `unavailable` if the sweep took its pending row
 */
export const explainRefusal = async (
  tools: Tools,
  { key, accountId, bytes }: { key: string; accountId: number; bytes: number },
): Promise<never> => {
  await expectRoom(tools, accountId, bytes).catch((error) => {
    if (error instanceof ApiError && error.code === 'quota_exceeded') discardObject(tools, key);
    throw error;
  });
  throw sweptDuringUpload(key);
};
