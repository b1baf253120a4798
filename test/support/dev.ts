import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, until } from '../../local/processes.ts';
import { TEST_SETTINGS } from './settings.ts';

export const temporary = () => mkdtempSync(path.join(tmpdir(), 'darkroom-'));

/** The command lines of all processes that name a directory: what a stack with that directory has left running. */
export const processesOver = (directory: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(directory));

export type Program = {
  output: () => string;
  ended: Promise<number | null>;
  kill: (signal: NodeJS.Signals) => void;
};

/** Starts an npm script as a user does. */
export const runScript = (script: string[], env: Record<string, string>): Program => {
  const child: ChildProcess = spawn('npm', ['run', ...script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      output += data;
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { output: () => output, ended, kill: (signal) => child.kill(signal) };
};

export type Dev = Program & {
  url: string;
  ports: Record<string, string>;
  directory: string;
  stop: () => Promise<void>;
};

export const freePorts = async () => ({
  PORT: String(await freePort()),
  LIBSQL_PORT: String(await freePort()),
  REDIS_PORT: String(await freePort()),
});

type Options = {
  /** The environment of `npm run dev`. */
  env?: Record<string, string>;
  directory?: string;
  /** Settings of the Worker. */
  settings?: Record<string, string>;
  /** The entry of the Worker, if it is not the one in wrangler.toml. */
  entry?: string;
};

/** Starts `npm run dev` on free ports, and waits until it is ready. */
export const startDev = async ({
  env = {},
  directory = temporary(),
  settings = TEST_SETTINGS,
  entry,
}: Options = {}): Promise<Dev> => {
  const ports = await freePorts();
  const vars = Object.entries(settings).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  const program = runScript(['dev', '--', ...(entry ? [entry] : []), '--inspector-port', '0', ...vars], {
    ...ports,
    DATA_DIR: directory,
    ...env,
  });
  const stop = async () => {
    program.kill('SIGTERM');
    await until(
      async () => processesOver(directory).length === 0,
      60_000,
      `The end of the stack in ${directory}`,
    );
    await program.ended;
  };
  try {
    await Promise.race([
      until(async () => program.output().includes('Darkroom is ready'), 240_000, 'npm run dev'),
      program.ended.then((code) => {
        throw new Error(`npm run dev ended with ${code}`);
      }),
    ]);
  } catch (error) {
    await stop();
    throw new Error(`${error}\n${program.output()}`);
  }
  return { ...program, url: `http://127.0.0.1:${ports.PORT}`, ports, directory, stop };
};

export const discard = (directory: string) => rmSync(directory, { recursive: true, force: true });
