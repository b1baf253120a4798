import { and, asc, eq, exists, getTableColumns, isNull, notExists } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { isTaken } from '../../storage/database.ts';
import { newObjectKey } from '../../storage/objects.ts';
import { batch, insertIf } from '../../storage/rows.ts';
import { accounts, files, pendingObjects } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { idOfUsername } from '../accounts/identifiers.ts';
import { commitObject, explainRefusal, startObject } from '../objects/newObjects.ts';
import { deletePending, isPending, markForDeletion, removeObject } from '../objects/pendingObjects.ts';
import { hasRoom } from '../objects/quotas.ts';

export type ExchangedFile = typeof files.$inferSelect;

const MAX_LISTED = 10_000;

const missing = () => new ApiError('not_found', 'File not found.');
const taken = (name: string) => new ApiError('conflict', `You already have a file called ${name}.`);

const MAX_NAME_BYTES = 255;
const PATH_OR_CONTROL = /[/\\\p{Cc}]/u;

/**
 * Checks a file's name: 1 to 255 bytes of UTF-8 in NFC, without a path and control characters. Names are
 * compared exactly.
 * @throws ApiError `invalid`
 */
export const checkFileName = (given: string): string => {
  const name = given.normalize('NFC');
  const length = new TextEncoder().encode(name).length;
  const refuse = (detail: string) =>
    new ApiError('invalid', detail, { errors: [{ field: 'filename', detail }] });
  if (length === 0) throw refuse('The file has no name.');
  if (length > MAX_NAME_BYTES) throw refuse(`The file’s name is longer than ${MAX_NAME_BYTES} bytes.`);
  if (name === '.' || name === '..' || PATH_OR_CONTROL.test(name))
    throw refuse('The file’s name must not contain a path or control characters.');
  return name;
};

const hasName = (accountId: number, name: string) =>
  and(eq(files.accountId, accountId), eq(files.name, name));

/**
 * Stores a file while it arrives, as `storePhoto` does. A name that the account has is refused when the first
 * 5 MiB have arrived, or at the end. If two files of one name arrive simultaneously, the first to end is
 * stored, and the other one changes nothing.
 * @throws ApiError `invalid` and `conflict` for its name, what `chunks` refuse, `unavailable`
 */
export const storeFile = async (
  tools: Using<'db' | 'bucket' | 'budget' | 'settings' | 'now' | 'background'>,
  accountId: number,
  { filename, chunks }: { filename: string; chunks: AsyncIterable<Uint8Array> },
): Promise<ExchangedFile> => {
  const { db, now } = tools;
  const name = checkFileName(filename);
  const key = newObjectKey('files', accountId);
  const isFree = notExists(db.select({ id: files.id }).from(files).where(hasName(accountId, name)));
  const object = startObject(tools, { key, accountId }, isFree, () => taken(name));
  const { bytes, sha256 } = await object.store('application/octet-stream', chunks).catch((error) => {
    object.abandon();
    throw error;
  });
  const row = { accountId, name, key: pendingObjects.key, bytes, sha256, createdAt: now() };
  const find = db.select().from(files).where(eq(files.key, key));
  const commit = () =>
    batch(db, {
      inserted: insertIf(
        db,
        files,
        row,
        pendingObjects,
        and(isPending(key), hasRoom(tools, accountId, bytes)),
      ).returning(),
      done: deletePending(db, key, exists(find)),
    });
  const { inserted } = await commitObject(tools, key, commit, find).catch((error) => {
    throw isTaken(error) ? taken(name) : error;
  });
  const [file] = inserted;
  return file ?? explainRefusal(tools, { key, accountId, bytes });
};

/** An account's files by name, at most 10,000. */
export const listFiles = ({ db }: Using<'db'>, accountId: number): Promise<ExchangedFile[]> =>
  db.select().from(files).where(eq(files.accountId, accountId)).orderBy(asc(files.name)).limit(MAX_LISTED);

const activeOps = (username: string) =>
  and(eq(accounts.id, idOfUsername('ops', username)), isNull(accounts.deactivatedAt));

/**
 * The files of an active operator, by name, at most 10,000.
 * @throws ApiError `not_found` for an unknown operator
 */
export const listFilesOf = async ({ db }: Using<'db'>, username: string): Promise<ExchangedFile[]> => {
  const { found, known } = await batch(db, {
    found: db
      .select(getTableColumns(files))
      .from(accounts)
      .innerJoin(files, eq(files.accountId, accounts.id))
      .where(activeOps(username))
      .orderBy(asc(files.name))
      .limit(MAX_LISTED),
    known: db.select({ id: accounts.id }).from(accounts).where(activeOps(username)),
  });
  if (known.length === 0) throw new ApiError('not_found', `There is no operator called ${username}.`);
  return found;
};

/** @throws ApiError `not_found` */
export const getFileOf = async (
  { db }: Using<'db'>,
  username: string,
  name: string,
): Promise<ExchangedFile> => {
  const file = await db
    .select(getTableColumns(files))
    .from(accounts)
    .innerJoin(files, eq(files.accountId, accounts.id))
    .where(and(activeOps(username), eq(files.name, name.normalize('NFC'))))
    .get();
  if (!file) throw missing();
  return file;
};

/**
 * Deletes a file: its row, and then its object. If that fails, the sweep deletes the object.
 * @throws ApiError `not_found`
 */
export const removeFile = async (
  tools: Using<'db' | 'bucket' | 'budget' | 'settings' | 'now'>,
  accountId: number,
  name: string,
): Promise<void> => {
  const { db, now } = tools;
  const isNamed = hasName(accountId, name.normalize('NFC'));
  const { removed } = await batch(db, {
    marked: markForDeletion(db, files, isNamed, now()),
    removed: db.delete(files).where(isNamed).returning({ key: files.key }),
  });
  if (!removed[0]) throw missing();
  await removeObject(tools, removed[0].key);
};
