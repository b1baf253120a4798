import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { OnEnd } from '../local/processes.ts';
import { discard, startDev, temporary } from '../test/support/dev.ts';

const MEBIBYTE = 1024 * 1024;
const PIECE = Buffer.alloc(256 * 1024, 'darkroom');

/** How far the peak of a warm workerd may rise, in MiB. */
const MOST: Record<string, number> = { '1 MiB': 48, '95 MiB': 48, '20 × 95 MiB at once': 128 };

/** There are two workerds: one runs the Worker and the emulation of R2, the other only forwards requests. The one that grows more counts. */
const workerds = (): string[] => {
  const parents = new Map<string, string>();
  const names = new Map<string, string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      parents.set(pid, stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '');
      names.set(pid, readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
    } catch {} // it has ended
  const isOurs = (pid: string): boolean =>
    pid === String(process.pid) || (parents.has(pid) && isOurs(parents.get(pid) ?? ''));
  return [...names].filter(([pid, name]) => name === 'workerd' && isOurs(pid)).map(([pid]) => pid);
};

const field = (pid: string, name: string) =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) /
  1024;

/** How far the work raised the peak of resident memory above the memory before it, in MiB (Linux, proc(5)). */
const peakDuring = async (work: () => Promise<unknown>) => {
  const pids = workerds();
  const before = pids.map((pid) => {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return field(pid, 'VmRSS');
  });
  await work();
  return Math.max(...pids.map((pid, i) => field(pid, 'VmHWM') - (before[i] ?? 0)));
};

let names = 0;

/** Sends a form with one file of this many MiB, which is generated while it is sent. */
const upload = async (origin: string, token: string, mebibytes: number) => {
  const head = `--b\r\nContent-Disposition: form-data; name="request_file"; filename="${names++}.bin"\r\n\r\n`;
  const tail = '\r\n--b--\r\n';
  const sending = request(`${origin}/ops/upload`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'multipart/form-data; boundary=b',
      'Content-Length': head.length + mebibytes * MEBIBYTE + tail.length,
    },
  });
  const answered = once(sending, 'response');
  await pipeline(async function* () {
    yield head;
    for (let sent = 0; sent < mebibytes * MEBIBYTE; sent += PIECE.length) yield PIECE;
    yield tail;
  }, sending);
  const [response] = await answered;
  response.resume();
  if (response.statusCode !== 201)
    throw new Error(`An upload of ${mebibytes} MiB answered ${response.statusCode}`);
};

/** Uploads through the exchange. False if the peak of a warm workerd rises too far. */
export const run = async (onEnd: OnEnd): Promise<boolean> => {
  const directory = temporary();
  onEnd(async () => discard(directory));
  const dev = await startDev({ directory, settings: {} });
  onEnd(dev.stop);
  const credentials = { method: 'POST', body: new URLSearchParams({ username: 'bench', password: 'test' }) };
  await fetch(`${dev.url}/ops/signup`, credentials);
  const token = await (await fetch(`${dev.url}/ops/login`, credentials)).text();
  const one = (mebibytes: number) => () => upload(dev.url, token, mebibytes);
  const twenty = () => Promise.all(Array.from({ length: 20 }, one(95)));
  console.log(
    `${(await peakDuring(one(95))).toFixed(0).padStart(5)} MiB  the first 95 MiB, in a process that is not warm yet`,
  );
  await one(95)();
  let kept = true;
  for (const [what, work] of [
    ['1 MiB', one(1)],
    ['95 MiB', one(95)],
    ['20 × 95 MiB at once', twenty],
  ] as const) {
    const peak = await peakDuring(work);
    const most = MOST[what] ?? 0;
    kept &&= peak < most;
    console.log(
      `${peak.toFixed(0).padStart(5)} MiB  ${what} (${most} at most)${peak < most ? '' : '  TOO MUCH'}`,
    );
  }
  return kept;
};
