import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { removeFile, storeFile } from '../../../src/domain/exchange/files.ts';
import { getUsage } from '../../../src/domain/objects/quotas.ts';
import { removePhoto } from '../../../src/domain/photos/photos.ts';
import { storePhoto } from '../../../src/domain/photos/uploads.ts';
import { readSettings } from '../../../src/env.ts';
import { startBudget } from '../../../src/storage/requestBudget.ts';
import { openTools, type Tools } from '../../../src/storage/tools.ts';
import { freshName } from '../../support/api.ts';
import { db } from '../../support/database.ts';
import { png } from '../../support/images.ts';

async function* once(bytes: Uint8Array) {
  yield bytes;
}

const BYTES = png(3, 2).length;

/** A new account that may store so many bytes. */
const newAccount = async (allowed: number) => {
  const username = freshName();
  const { rows } = await db.execute({
    sql: "insert into accounts (realm, username, username_folded, password_hash, created_at) values ('ops', ?, ?, 'x', 1) returning id",
    args: [username, username],
  });
  const tools: Tools = {
    ...openTools(env, readSettings(env), startBudget(60_000), () => {}),
    settings: { ...readSettings(env), STORAGE_PER_ACCOUNT: allowed },
  };
  return { tools, owner: { id: Number(rows[0]?.id), username } };
};

const photo = ({ tools, owner }: Awaited<ReturnType<typeof newAccount>>) =>
  storePhoto(tools, owner, { filename: 'a.png', chunks: once(png(3, 2)), caption: () => null });
const file = ({ tools, owner }: Awaited<ReturnType<typeof newAccount>>, name: string) =>
  storeFile(tools, owner.id, { filename: name, chunks: once(new Uint8Array(BYTES)) });

const objectsOf = async (id: number) =>
  (
    await Promise.all(['photos', 'files'].map((kind) => env.PHOTOS.list({ prefix: `${kind}/${id}/` })))
  ).flatMap(({ objects }) => objects);

it('counts photos and files, and forgets those that are removed', async () => {
  const account = await newAccount(10 * BYTES);
  const { tools, owner } = account;
  const of = (photos: number, files: number) => ({
    bytes: (photos + files) * BYTES,
    allowedBytes: 10 * BYTES,
    photos,
    files,
  });
  expect(await getUsage(tools, owner.id)).toEqual(of(0, 0));
  const stored = await photo(account);
  await photo(account);
  await file(account, 'a');
  expect(await getUsage(tools, owner.id)).toEqual(of(2, 1));
  await removePhoto(tools, owner, stored.photo.id);
  await removeFile(tools, owner.id, 'a');
  expect(await getUsage(tools, owner.id)).toEqual(of(1, 0));
});

it('lets no simultaneous uploads exceed it, and keeps nothing of what it refuses', async () => {
  const account = await newAccount(3 * BYTES + 1);
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, i) => (i % 2 ? photo(account) : file(account, `${i}`))),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(9);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'quota_exceeded' });
  expect((await getUsage(account.tools, account.owner.id)).bytes).toBe(3 * BYTES);
  await vi.waitFor(async () => expect(await objectsOf(account.owner.id)).toHaveLength(3), 10_000);
});

it('refuses an account that is full before it stores a byte', async () => {
  const account = await newAccount(BYTES);
  await photo(account);
  const bucket = vi.spyOn(env.PHOTOS, 'put');
  await expect(photo(account)).rejects.toMatchObject({ code: 'quota_exceeded' });
  await expect(file(account, 'a')).rejects.toMatchObject({ code: 'quota_exceeded' });
  expect(bucket).not.toHaveBeenCalled();
  bucket.mockRestore();
});

it('is asked of one row, however much an account stores', async () => {
  const { rows } = await db.execute('explain query plan select * from storage_usage where account_id = 1');
  expect(rows.map(({ detail }) => detail)).toEqual([
    'SEARCH storage_usage USING INTEGER PRIMARY KEY (rowid=?)',
  ]);
});
