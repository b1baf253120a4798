import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { removeFile, storeFile } from '../../../src/domain/exchange/files.ts';
import { sweepObjects } from '../../../src/domain/objects/sweep.ts';
import { removePhoto } from '../../../src/domain/photos/photos.ts';
import { storePhoto } from '../../../src/domain/photos/uploads.ts';
import { readSettings } from '../../../src/env.ts';
import { startBudget } from '../../../src/storage/requestBudget.ts';
import type { Tools } from '../../../src/storage/tools.ts';
import { openTools } from '../../../src/storage/tools.ts';
import { freshName } from '../../support/api.ts';
import { db } from '../../support/database.ts';
import { png } from '../../support/images.ts';
import { FAULTS, withFault } from '../../support/wire.ts';

afterEach(() => vi.useRealTimers());

/** Makes the isolate forget the part buffers of uploads that died. In production the isolate dies with them. */
const forgetBuffers = () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + 2 * readSettings(env).BODY_STALL_MS);
};

const newAccount = async () => {
  const username = freshName();
  const { rows } = await db.execute({
    sql: "insert into accounts (realm, username, username_folded, password_hash, created_at) values ('ops', ?, ?, 'x', 1) returning id",
    args: [username, username],
  });
  return { id: Number(rows[0]?.id), username };
};
type Owner = Awaited<ReturnType<typeof newAccount>>;

async function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 1 << 18) yield bytes.subarray(at, at + (1 << 18));
}

const large = new Uint8Array(11 << 20).fill(7);
const photo = (tools: Tools, owner: Owner) =>
  storePhoto(tools, owner, { filename: 'a.png', chunks: pieces(png(3, 2)), caption: () => null });
const file = (tools: Tools, owner: Owner, bytes = png(3, 2)) =>
  storeFile(tools, owner.id, { filename: 'a.bin', chunks: pieces(bytes) });

type Scenario = {
  prepare?: (tools: Tools, owner: Owner) => Promise<{ photo: { id: number } } | object>;
  work: Work;
};
type Work = (tools: Tools, owner: Owner, prepared: object) => Promise<unknown>;

const SCENARIOS: Record<string, Scenario> = {
  'an upload of a photo': { work: photo },
  'an upload of the same photo': {
    prepare: photo,
    work: (tools, owner) =>
      storePhoto(tools, owner, {
        filename: 'b.png',
        chunks: pieces(png(3, 2)),
        caption: () => null,
        once: true,
      }),
  },
  'an upload of a file': { work: (tools, owner) => file(tools, owner) },
  'an upload of a file in parts': { work: (tools, owner) => file(tools, owner, large) },
  'the removal of a photo': {
    prepare: photo,
    work: (tools, owner, prepared) =>
      removePhoto(tools, owner, (prepared as { photo: { id: number } }).photo.id),
  },
  'the removal of a file': {
    prepare: (tools, owner) => file(tools, owner),
    work: (tools, { id }) => removeFile(tools, id, 'a.bin'),
  },
};

const rowsOf = async ({ id }: Owner) =>
  (
    await db.batch([
      { sql: 'select key, bytes from photos where account_id = ?', args: [id] },
      { sql: 'select key, bytes from files where account_id = ?', args: [id] },
    ])
  ).flatMap(({ rows }) => rows.map(({ key, bytes }) => `${key} ${bytes}`));

/** The keys of the originals. Variants have longer keys. */
const objectsOf = async ({ id }: Owner) =>
  (await Promise.all(['photos', 'files'].map((kind) => env.PHOTOS.list({ prefix: `${kind}/${id}/` }))))
    .flatMap(({ objects }) => objects.map(({ key, size }) => `${key} ${size}`))
    .sort();

const sweepLater = () =>
  sweepObjects({
    ...openTools(env, readSettings(env), startBudget(60_000), () => {}),
    now: () => Date.now() + 3_700_000,
  });

const attempt = async (
  { prepare, work }: Scenario,
  fault: (typeof FAULTS)[number] | undefined,
  at: number,
) => {
  forgetBuffers();
  const owner = await newAccount();
  const background: Promise<unknown>[] = [];
  const tools = openTools(env, readSettings(env), startBudget(60_000), (promise) => background.push(promise));
  const prepared = (await prepare?.(tools, owner)) ?? {};
  await Promise.all(background);
  const { outcome, calls } = await withFault(fault, at, (faulty) => work(faulty, owner, prepared));
  return { owner, outcome, calls };
};

it.each(
  Object.entries(SCENARIOS).flatMap(([what, scenario]) =>
    FAULTS.map((fault) => [what, fault, scenario] as const),
  ),
)(
  '%s that fails with “%s” at any of its calls leaves, after one sweep, exactly one object for each row',
  async (_, fault, scenario) => {
    const { calls } = await attempt(scenario, undefined, -1);
    expect(calls).toBeGreaterThan(1);
    for (let at = 0; at < calls; at++) {
      const { owner, outcome } = await attempt(scenario, fault, at);
      const rows = await rowsOf(owner);
      if (outcome !== 'dead' && 'value' in outcome && !scenario.prepare)
        expect(rows, `at call ${at}`).toHaveLength(1);
      expect(await objectsOf(owner), `at call ${at}, before the sweep`).toEqual(expect.arrayContaining(rows));
      await sweepLater();
      expect((await objectsOf(owner)).sort(), `at call ${at}`).toEqual((await rowsOf(owner)).sort());
      expect(await rowsOf(owner), `at call ${at}: the sweep takes no row`).toEqual(rows);
    }
  },
);

it.each(['an upload of a photo', 'an upload of a file', 'an upload of a file in parts'])(
  '%s whose last reply is lost is answered with the row that was committed',
  async (what) => {
    const scenario = SCENARIOS[what] as Scenario;
    const last = (await attempt(scenario, undefined, -1)).calls - 1;
    const { owner, outcome } = await attempt(scenario, 'lose', last);
    expect(outcome).toHaveProperty('value');
    expect(await rowsOf(owner)).toHaveLength(1);
    const refused = await attempt(scenario, 'refuse', last);
    expect(refused.outcome).toMatchObject({ error: { code: 'unavailable' } });
    expect(await rowsOf(refused.owner)).toEqual([]);
  },
);

it('inserts no row for an upload whose last batch arrives after its time is over', async () => {
  const owner = await newAccount();
  const real = globalThis.fetch;
  const late: (() => Promise<Response>)[] = [];
  const isCommit = (body: unknown) => String(body).includes('insert into \\"photos\\"');
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    if (!isCommit(init?.body)) return real(input, init);
    late.push(() => real(input, { ...init, signal: null }));
    return Promise.reject(new Error('The reply is late'));
  });
  const tools = openTools(env, readSettings(env), startBudget(60_000), () => {});
  await expect(photo(tools, owner)).rejects.toThrow();
  spy.mockRestore();
  expect(late).toHaveLength(1);
  await late[0]?.();
  expect(await rowsOf(owner)).toEqual([]);
});
