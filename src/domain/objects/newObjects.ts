import { eq, type SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { ApiError } from '../../errors.ts';
import { isTaken } from '../../storage/database.ts';
import { type Stored, streamObject } from '../../storage/objects.ts';
import { batch, insertIf } from '../../storage/rows.ts';
import { pendingObjects } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { deletePending, isPending } from './pendingObjects.ts';

/**
 * Begins an object by inserting its pending row, if `isAllowed` holds; meanwhile its first bytes may arrive. Nothing is stored before
 * that row is there, so the sweep finds whatever is left over. `refuse` makes the error for an object that is not allowed.
 */
export const beginObject = (
  tools: Using<'db' | 'bucket' | 'budget' | 'settings' | 'now' | 'background'>,
  key: string,
  isAllowed: SQL | undefined,
  refuse: () => ApiError,
) => {
  const { db, now, background } = tools;
  const inserting = insertIf(db, pendingObjects, { key, createdAt: now() }, undefined, isAllowed)
    .returning({ key: pendingObjects.key })
    .then(([row]) => {
      if (!row) throw refuse();
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
    /** Forgets an object of which nothing was stored. What was stored is left to the sweep. */
    abandon: () => {
      if (!isStored) background(inserting.then(() => deletePending(db, key)).catch(() => {}));
    },
  };
};

/**
 * Runs `commit`, the batch in which a row takes the place of its pending object, within a time budget of its own. If its reply is lost or
 * late, the pending row is marked for deletion: after that the row is there, and `find` finds it, or it can never be inserted.
 * @throws ApiError `unavailable` if the row is not there, or nobody can say
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
