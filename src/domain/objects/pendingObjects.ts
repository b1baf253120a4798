import { and, eq, isNull, type SQL } from 'drizzle-orm';
import { unavailable } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { deleteObjects } from '../../storage/objects.ts';
import { insertIf } from '../../storage/rows.ts';
import { type files, pendingObjects, type photos } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { variantKeys } from '../photos/variants.ts';

/** The pending object is not marked for deletion, so a row may take its place. */
export const isPending = (key: string) => and(eq(pendingObjects.key, key), isNull(pendingObjects.markedAt));

/** The statement that deletes a pending object's row, unless it is marked for deletion. */
export const deletePending = (db: Database, key: string, where?: SQL) =>
  db.delete(pendingObjects).where(and(isPending(key), where));

export const sweptDuringUpload = (key: string) =>
  unavailable(new Error(`The pending object ${key} was swept before its row was inserted`));

/**
 * The statement that marks the objects of rows for deletion. It goes in one batch with the statement that
 * deletes the rows.
 */
export const markForDeletion = (
  db: Database,
  table: typeof photos | typeof files,
  where: SQL | undefined,
  now: number,
) =>
  insertIf(
    db,
    pendingObjects,
    { key: table.key, bytes: table.bytes, createdAt: now, markedAt: now },
    table,
    where,
  );

/** Deletes an object that is marked for deletion, and its variants. If that fails, the sweep does it. */
export const removeObject = (tools: Using<'bucket' | 'budget' | 'settings'>, key: string): Promise<void> =>
  deleteObjects(tools, [key, ...variantKeys(key)]).catch((error) =>
    console.warn(JSON.stringify({ event: 'object_left_to_sweep', key, error: String(error.cause ?? error) })),
  );
