import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createClient } from '@libsql/client/http';
import sharp from 'sharp';
import { startBridge } from '../local/bridge.ts';
import { runMigrations } from '../local/migrations.ts';
import { freePort, type OnEnd } from '../local/processes.ts';
import { ROOT } from '../local/settings.ts';
import { startSqld } from '../local/sqld.ts';
import { discard, temporary } from '../test/support/dev.ts';
import { type Bar, drawBars } from './cpu/chart.ts';
import { type Ask, bundle, cpuOf, drive, memoryOf, type Rig, send, startRedis, startRig } from './cpu/rig.ts';
import { type Keys, makeRoutes, makeUpload, type Route } from './cpu/routes.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
/** The share of each route's requests that is sent. Less than 1 gives only a quick look. */
const SHARE = Number(process.env.SHARE ?? 1);
const WIDE = 8;
const MEMORY_REQUESTS = 5_000;
/** Memory in KiB that a request may leave behind, averaged over many requests. */
const MEMORY_GOAL = 4;

const TOKEN = 'bench';
const PASSWORD = 'a long secret';
const json = { 'Content-Type': 'application/json' };

const ask = async (url: string, wanted: Ask) => {
  const { status, body } = await send(url, wanted);
  const text = body.toString('utf8');
  if (status >= 300) throw new Error(`${wanted.method ?? 'GET'} ${wanted.path} answered ${status}: ${text}`);
  return text.startsWith('{') ? JSON.parse(text) : text;
};

const post = (url: string, to: string, content: object) =>
  ask(url, { method: 'POST', path: to, headers: json, body: JSON.stringify(content) });

/** People, posted photos, movies and a file in the real Worker; what the routes need to ask it. */
const fillOurs = async ({ url }: Rig, libsql: string, picture: Buffer): Promise<Keys> => {
  const session = await post(url, '/register', { username: 'bench0', password: PASSWORD });
  const headers = { Authorization: `Bearer ${session.access_token}` };
  const bytes = makeUpload(picture, 185_000);
  let photo: { id: number; url: string } = { id: 0, url: '' };
  for (let i = 0; i < 25; i++) {
    const upload = { method: 'POST', path: '/photos', headers: { ...headers, 'Content-Type': 'image/jpeg' } };
    const { id } = await ask(url, { ...upload, body: bytes });
    photo = await ask(url, { method: 'POST', path: `/photos/${id}/publish`, headers });
  }
  const draft = await ask(url, {
    method: 'POST',
    path: '/photos',
    headers: { ...headers, 'Content-Type': 'image/jpeg' },
    body: bytes,
  });
  const client = createClient({ url: libsql });
  await client.execute("update accounts set role = 'admin'");
  client.close();
  for (let i = 0; i < 200; i++)
    await ask(url, {
      method: 'POST',
      path: '/movies',
      headers: { ...headers, ...json },
      body: JSON.stringify({
        movie_name: `Movie ${i}`,
        popularity: i % 100,
        imdbScore: i % 10,
        genre: ['Drama', 'Action'],
        director: `Director ${i % 20}`,
      }),
    });
  for (const realm of ['ops', 'client'])
    await post(url, `/${realm}/signup`, { username: 'bench', password: PASSWORD });
  const login = (realm: string) => post(url, `/${realm}/login`, { username: 'bench', password: PASSWORD });
  const form = new FormData();
  form.append('request_file', new Blob([bytes]), 'file.bin');
  const uploaded = await fetch(`${url}/ops/upload`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await login('ops')}` },
    body: form,
  });
  if (uploaded.status !== 201) throw new Error(`The exchange answered ${uploaded.status}`);
  const pathOf = (text: string) => text.slice(new URL(text).origin.length);
  return {
    access: session.access_token,
    refresh: session.refresh_token,
    client: await login('client'),
    photo: photo.id,
    image: { edge: pathOf(photo.url), r2: pathOf(draft.url) },
    file: '/client/files/bench/file.bin',
  };
};

/** The same for the Worker by hand, which reads the same tables and has objects of its own. */
const fillTheirs = async ({ url }: Rig, ours: Keys, picture: Buffer): Promise<Keys> => {
  const { key } = await ask(url, {
    method: 'POST',
    path: '/photos',
    headers: { 'Content-Type': 'image/jpeg' },
    body: makeUpload(picture, 185_000),
  });
  const signature = await ask(url, { path: `/sign/${key}` });
  const image = `/image/${key}?signature=${signature}`;
  return { ...ours, image: { edge: `${image}&edge=1`, r2: image } };
};

type Cost = { worker: number; sqld: number };

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

type Side = { rig: Rig; keys: Keys };

const measure = async ({ rig, keys }: Side, route: Route, theirs: boolean, sqld: number): Promise<Cost> => {
  const count = Math.max(4, Math.round(route.requests * SHARE));
  const before = [cpuOf(rig.pid), cpuOf(sqld)];
  const make = (theirs && route.theirs) || route.ours;
  await drive(rig.url, (i) => make(keys, i), count, route.wide ?? WIDE, route.status);
  const [worker = 0, other = 0] = [cpuOf(rig.pid), cpuOf(sqld)].map((after, i) => after - (before[i] ?? 0));
  return { worker: worker / count, sqld: other / count };
};

const show = (value: number) => value.toFixed(value < 10 ? 2 : 1).padStart(7);

/** The goals that a route exceeds, if any. */
const judge = (route: Route, ours: Cost, theirs: Cost): string[] => {
  const ratio = ours.worker / theirs.worker;
  const faults: string[] = [];
  if (route.goal && ratio > route.goal) faults.push(`more than ${route.goal}`);
  if (route.sqldGoal && ours.sqld / theirs.sqld > route.sqldGoal)
    faults.push(`sqld more than ${route.sqldGoal}`);
  const extra = ours.worker + ours.sqld - theirs.worker - theirs.sqld;
  if (route.extra && extra > route.extra) faults.push(`more than ${route.extra} ms beyond`);
  return faults;
};

/**
 * Measures the CPU time of a request in three Workers: the real one, bare Hono, and the same work written by hand. Each runs as it
 * would be deployed, in its own workerd, with the same sqld and Redis, in turn. The median of the rounds counts. False if a goal is
 * exceeded.
 */
export const run = async (onEnd: OnEnd): Promise<boolean> => {
  const directory = temporary();
  onEnd(async () => discard(directory));
  const redis = await startRedis(onEnd);
  if (!redis)
    console.log('No redis-server is installed: the bridge has its own Redis, whose cost is in no figure.');
  const bridge = await startBridge({ port: 0, token: TOKEN, redisUrl: redis?.url });
  onEnd(bridge.close);
  const sqld = await startSqld({ port: await freePort(), directory: path.join(directory, 'sqld'), onEnd });
  await runMigrations({ LIBSQL_URL: sqld.url });
  const bindings = {
    JWT_SECRET: crypto.randomUUID() + crypto.randomUUID(),
    LIBSQL_URL: sqld.url,
    UPSTASH_REDIS_REST_URL: bridge.url,
    UPSTASH_REDIS_REST_TOKEN: TOKEN,
    UPLOADS_PER_MINUTE: '1000000',
    GUESSES_PER_ADDRESS: '1000000',
  };
  const start = async (entry: string) => {
    const rig = await startRig(bundle(entry, directory), bindings, directory);
    onEnd(rig.stop);
    return rig;
  };
  const [ours, bare, hand] = [
    await start('src/index.ts'),
    await start('bench/workers/bare.ts'),
    await start('bench/workers/hand.ts'),
  ];
  const picture = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#7a5' } })
    .jpeg()
    .toBuffer();
  const keys = await fillOurs(ours, sqld.url, picture);
  const sides = {
    ours: { rig: ours, keys },
    bare: { rig: bare, keys },
    hand: { rig: hand, keys: await fillTheirs(hand, keys, picture) },
  };

  const only = process.env.ONLY?.split(',');
  const bars: Bar[] = [];
  let kept = true;
  console.log('CPU a request, in milliseconds\n');
  console.log(`${'route'.padEnd(22)}   ours  + sqld |  theirs  + sqld | ratio`);
  for (const route of makeRoutes(picture).filter(({ name }) => !only || only.includes(name))) {
    const costs = { ours: [] as Cost[], theirs: [] as Cost[] };
    const other = sides[route.against];
    for (const side of [sides.ours, other])
      await measure(
        side,
        { ...route, requests: Math.ceil(route.requests / 5) },
        side !== sides.ours,
        sqld.pid,
      ); // warm
    for (let round = 0; round < ROUNDS; round++) {
      costs.ours.push(await measure(sides.ours, route, false, sqld.pid));
      costs.theirs.push(await measure(other, route, true, sqld.pid));
    }
    const middle = (of: Cost[]): Cost => ({
      worker: median(of.map((c) => c.worker)),
      sqld: median(of.map((c) => c.sqld)),
    });
    const [mine, theirs] = [middle(costs.ours), middle(costs.theirs)];
    const faults = judge(route, mine, theirs);
    kept &&= faults.length === 0;
    const ratio = mine.worker / theirs.worker;
    const goal = route.goal
      ? `(${route.goal} at most)`
      : route.extra
        ? `(${route.extra} ms beyond at most)`
        : '';
    console.log(
      `${route.name.padEnd(22)}${show(mine.worker)} ${show(mine.sqld)} | ${show(theirs.worker)} ${show(theirs.sqld)} | ${ratio.toFixed(2)} ${goal} ${faults.length ? `TOO MUCH: ${faults.join(', ')}` : ''}`,
    );
    bars.push({ name: route.name, ours: mine.worker, theirs: theirs.worker, goal: route.goal });
  }

  if (!only) {
    const warm = () =>
      drive(
        ours.url,
        () => ({ path: '/photos?limit=20', headers: { Authorization: `Bearer ${keys.access}` } }),
        MEMORY_REQUESTS,
        WIDE,
        200,
      );
    await warm();
    const before = memoryOf(ours.pid);
    await warm();
    const left = (memoryOf(ours.pid) - before) / MEMORY_REQUESTS;
    console.log(`\nmemory that a feed of 20 leaves behind: ${left.toFixed(2)} KiB (${MEMORY_GOAL} at most)`);
    kept &&= left <= MEMORY_GOAL;
    mkdirSync(path.join(ROOT, 'bench/results'), { recursive: true });
    writeFileSync(path.join(ROOT, 'bench/results/cpu.svg'), drawBars(bars));
  }
  return kept;
};
