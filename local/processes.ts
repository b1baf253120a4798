import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** An error that the user can do something about: shown as one sentence, without a stack. */
export class Sentence extends Error {}

export type Child = {
  pid: number | undefined;
  gone: Promise<string>;
  end(milliseconds: number): Promise<void>;
  kill(): Promise<unknown>;
};

/**
 * Starts a process in its own process group. A terminal's Ctrl-C then reaches only this program, which stops its children in order.
 * `end` sends SIGTERM, and after this many milliseconds SIGKILL to the whole group. `kill` sends SIGKILL immediately.
 */
export const start = (command: string, args: string[], options: SpawnOptions): Child => {
  const child: ChildProcess = spawn(command, args, { ...options, detached: true });
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const signal = (name: NodeJS.Signals, pid: number | undefined) => {
    try {
      if (pid) process.kill(pid, name);
    } catch {} // the process has already ended
  };
  return {
    pid: child.pid,
    gone,
    kill() {
      signal('SIGKILL', child.pid);
      return gone;
    },
    async end(milliseconds) {
      signal('SIGTERM', child.pid);
      const timer = setTimeout(() => signal('SIGKILL', child.pid && -child.pid), milliseconds);
      await gone;
      clearTimeout(timer);
      signal('SIGKILL', child.pid && -child.pid);
    },
  };
};

/** Asks repeatedly until the answer is yes. An attempt that throws counts as no. @throws Sentence after this many milliseconds */
export const until = async (
  ask: () => Promise<boolean>,
  milliseconds: number,
  what: string,
): Promise<void> => {
  const end = Date.now() + milliseconds;
  while (!(await ask().catch(() => false))) {
    if (Date.now() > end) throw new Sentence(`${what} did not answer within ${milliseconds / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

const probe = (port: number) =>
  new Promise<void>((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });

/** A port that nothing listens on, from below the range that the system uses for outgoing connections. */
export const freePort = async (): Promise<number> => {
  const port = randomInt(10_000, 32_000);
  return probe(port).then(
    () => port,
    () => freePort(),
  );
};

/** @throws Sentence if something already listens on the port */
export const expectFree = async (port: number, what: string, variable: string): Promise<void> => {
  await probe(port).catch((error) => {
    const reason = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${error.code})`;
    throw new Sentence(
      `Port ${port}, for ${what}, ${reason}. Stop the program that uses it, or choose another: ${variable} npm run dev`,
    );
  });
};

export type OnEnd = (end: () => Promise<unknown>) => void;

/** Ends the program with this exit code. The sentence is shown, unless the program is already ending. */
export type Stop = (code: number, sentence?: string) => void;

/**
 * Runs a program that starts other processes. They are stopped in reverse order on Ctrl-C, SIGTERM or SIGHUP, when the parent
 * process has ended (npm does not pass SIGTERM on), or when the program fails. A Sentence is shown as it is, any other
 * error with its stack.
 */
export const supervise = async (program: (onEnd: OnEnd, stop: Stop) => Promise<void>): Promise<void> => {
  const ends: (() => Promise<unknown>)[] = [];
  let stopping = false;
  const stop = async (code: number, sentence?: unknown) => {
    if (stopping) return;
    stopping = true;
    if (sentence) console.error(sentence);
    for (const end of ends.reverse()) await end().catch((error) => console.error(error));
    process.exit(code);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => void stop(0));
  process.on('uncaughtException', (error) => void stop(1, error));
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && void stop(0), 250).unref();
  try {
    await program(
      (end) => ends.push(end),
      (code, sentence) => void stop(code, sentence),
    );
  } catch (error) {
    await stop(1, error instanceof Sentence ? error.message : error);
  }
};
