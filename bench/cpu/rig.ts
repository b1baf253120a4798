import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { freePort, type OnEnd, until } from '../../local/processes.ts';
import { ROOT } from '../../local/settings.ts';

/** A Worker as it would be deployed, in its own workerd, on a socket with nothing in front of it. */
export type Rig = { url: string; pid: number; stop: () => Promise<void> };

const CONTENT = { '.js': 'ESModule', '.wasm': 'CompiledWasm' } as const;

/** Bundles a Worker in the same way as `npm run deploy`. */
export const bundle = (entry: string, directory: string): string => {
  const out = path.join(directory, path.basename(entry, '.ts'));
  mkdirSync(path.join(ROOT, 'dist/site'), { recursive: true }); // wrangler looks for it; static files cost the Worker nothing
  execFileSync('wrangler', ['deploy', entry, '--env', '', '--dry-run', '--outdir', out], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_HIDE_BANNER: 'true', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
  });
  return out;
};

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent ? [Number(pid)] : [];
      } catch {
        return []; // it has ended
      }
    });

/** Starts a bundle in workerd, with a local R2 and the cache, and nothing else of `wrangler dev`. */
export const startRig = async (
  out: string,
  bindings: Record<string, string>,
  directory: string,
): Promise<Rig> => {
  const before = new Set(childrenOf(process.pid));
  const names = readdirSync(out).filter((name) => path.extname(name) in CONTENT);
  const [main = ''] = names.filter((name) => name.endsWith('.js'));
  const modules = [main, ...names.filter((name) => name !== main)].map((name) => ({
    type: CONTENT[path.extname(name) as keyof typeof CONTENT],
    path: path.join(out, name),
  }));
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      modulesRoot: out,
      modules,
      compatibilityDate: '2026-08-01',
      compatibilityFlags: ['nodejs_compat'],
      bindings,
      r2Buckets: { PHOTOS: 'photos' },
      r2Persist: path.join(directory, path.basename(out)),
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      handleStructuredLogs: () => {},
    }),
  );
  await worker.ready;
  const url = String(await worker.unsafeGetDirectURL()).replace(/\/$/, '');
  const [pid] = childrenOf(process.pid).filter((child) => !before.has(child));
  if (pid === undefined) throw new Error('No workerd was started');
  return { url, pid, stop: () => worker.dispose() };
};

/** CPU time of all threads of a process so far, in milliseconds (Linux: /proc/PID/task/TID/schedstat). */
export const cpuOf = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    try {
      return sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return sum; // the thread has ended
    }
  }, 0);

/** Resident memory of a process, in KiB. */
export const memoryOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** Starts a real Redis if one is installed. Undefined otherwise: then the bridge uses its embedded one. */
export const startRedis = async (onEnd: OnEnd): Promise<{ url: string; pid: number } | undefined> => {
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
  });
  const started = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
  });
  if (!started || child.pid === undefined) return undefined;
  onEnd(async () => void child.kill());
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid };
};

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export type Ask = {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
};
export type Reply = { status: number; body: Buffer };

/** Sends one request over a persistent connection. */
export const send = (url: string, { method = 'GET', path, headers = {}, body }: Ask): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const sending = request(
      `${url}${path}`,
      { method, agent, headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      },
    );
    sending.on('error', reject).end(body);
  });

/** Sends `count` requests, `wide` at a time. @throws Error for an answer of another status than `status` */
export const drive = async (
  url: string,
  make: (i: number) => Ask,
  count: number,
  wide: number,
  status: number,
) => {
  let next = 0;
  const work = async () => {
    while (next < count) {
      const reply = await send(url, make(next++));
      if (reply.status !== status)
        throw new Error(`${reply.status} instead of ${status}: ${reply.body.toString('utf8').slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: wide }, work));
};

/** Waits until a URL answers with any status. */
export const untilUp = (url: string) => until(async () => (await fetch(url)).status > 0, 30_000, url);
