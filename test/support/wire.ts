import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { readSettings } from '../../src/env.ts';
import { startBudget } from '../../src/storage/requestBudget.ts';
import type { Tools } from '../../src/storage/tools.ts';
import { openTools } from '../../src/storage/tools.ts';

/**
 * What happens to a call to a dependency: it never arrives (`refuse`), its work is done but its reply is lost (`lose`), or the Worker
 * dies before it (`die before`) or after it (`die after`), and then does nothing more.
 */
export const FAULTS = ['refuse', 'lose', 'die before', 'die after'] as const;
export type Fault = (typeof FAULTS)[number];

const forever = new Promise<never>(() => {});

/** Runs some work. Of its calls to libSQL and R2, those at the positions `at` (from 0) meet the fault. */
export const withFault = async <T>(
  fault: Fault | undefined,
  at: number | number[],
  work: (tools: Tools) => Promise<T>,
) => {
  let calls = 0;
  let dead = false;
  let died = () => {};
  const death = new Promise<'dead'>((resolve) => {
    died = () => resolve('dead');
  });
  const meet = async <R>(send: () => Promise<R>): Promise<R> => {
    if (dead) return forever;
    const met = [at].flat().includes(calls++) ? fault : undefined;
    if (met === 'refuse') throw new Error('Connection refused');
    if (met === 'die before') {
      dead = true;
      died();
      return forever;
    }
    const reply = await send();
    if (met === 'lose') throw new Error('Network connection lost');
    if (met === 'die after') {
      dead = true;
      died();
    }
    return dead ? forever : reply;
  };
  const real = globalThis.fetch;
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return url.startsWith(env.LIBSQL_URL) ? meet(() => real(input, init)) : real(input, init);
  });
  const wrap = <O extends object>(object: O): O =>
    new Proxy(object, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name === 'resumeMultipartUpload') return (...args: unknown[]) => wrap(value.apply(target, args));
        return (...args: unknown[]) =>
          meet(async () => {
            const result = await value.apply(target, args);
            return name === 'createMultipartUpload' ? wrap(result) : result;
          });
      },
    });
  const background: Promise<unknown>[] = [];
  try {
    const tools = openTools(env, readSettings(env), startBudget(60_000), (promise) =>
      background.push(promise),
    );
    const result = work({ ...tools, bucket: wrap(env.PHOTOS) }).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const outcome = await Promise.race([result, death]);
    if (!dead) await Promise.race([Promise.allSettled(background), death]);
    return { outcome, calls };
  } finally {
    spy.mockRestore();
  }
};
