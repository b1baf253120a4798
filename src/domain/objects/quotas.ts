import { eq, type SQL, sql } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { storageUsage } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';

/** What an account stores. `bytes` are those of the originals; `allowedBytes` is the most that it may have. */
export type Usage = { bytes: number; allowedBytes: number; photos: number; files: number };

/** The condition that so many bytes more fit into the account. As part of an insert it holds for simultaneous uploads too. */
export const hasRoom = ({ settings }: Using<'settings'>, accountId: number, bytes: number): SQL => {
  const used = sql`select ${storageUsage.bytes} from ${storageUsage} where ${eq(storageUsage.accountId, accountId)}`;
  return sql`coalesce((${used}), 0) + ${bytes} <= ${settings.STORAGE_PER_ACCOUNT}`;
};

export const getUsage = async (
  { db, settings }: Using<'db' | 'settings'>,
  accountId: number,
): Promise<Usage> => {
  const allowedBytes = settings.STORAGE_PER_ACCOUNT;
  const usage = await db.select().from(storageUsage).where(eq(storageUsage.accountId, accountId)).get();
  if (!usage) return { bytes: 0, allowedBytes, photos: 0, files: 0 };
  return { bytes: usage.bytes, allowedBytes, photos: usage.photos, files: usage.files };
};

/** @throws ApiError `quota_exceeded` if so many bytes more do not fit into the account */
export const expectRoom = async (
  tools: Using<'db' | 'settings'>,
  accountId: number,
  bytes: number,
): Promise<void> => {
  const usage = await getUsage(tools, accountId);
  if (usage.bytes + bytes <= usage.allowedBytes) return;
  throw new ApiError(
    'quota_exceeded',
    `This account may store ${usage.allowedBytes} bytes and has used ${usage.bytes} of them.`,
  );
};
