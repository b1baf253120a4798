import Argon2, { typeFromEncoded } from '@phi-ag/argon2';
import wasm from '@phi-ag/argon2/argon2.wasm';
import type { Settings } from '../../env.ts';
import { ApiError } from '../../errors.ts';
import type { Using } from '../../storage/tools.ts';

let instance: Promise<Argon2> | undefined;
/** One instance for each isolate: its memory grows to 19 MiB and is reused, never freed. */
const argon2 = () => {
  instance ??= WebAssembly.instantiate(wasm).then((made) => new Argon2(made));
  return instance;
};

/** When the next hash may start, and how long a hash takes. */
let nextStart = 0;
let hashMs = 30;
const MAX_HASH_MS = 250;

/**
 * Runs a hash in a queue. A hash blocks the isolate, and with it the answers of all other requests. So two
 * hashes start at least twice the time of a hash apart, and other requests go on in between. A place in the
 * queue is a time and not a promise: a cancelled request delays the others, but never blocks them.
 * @throws ApiError `unavailable` when the queue is longer than `PASSWORD_QUEUE_MS`
 */
const inQueue = async <T>({ PASSWORD_QUEUE_MS }: Settings, work: (engine: Argon2) => T): Promise<T> => {
  const engine = await argon2();
  const now = performance.now();
  const start = Math.max(now, nextStart);
  if (start - now > PASSWORD_QUEUE_MS)
    throw new ApiError('unavailable', 'Too many passwords are being checked right now. Try again soon.', {
      retryAfter: Math.ceil(PASSWORD_QUEUE_MS / 1_000),
    });
  nextStart = start + 2 * hashMs;
  await scheduler.wait(start - now);
  const startedAt = performance.now();
  const result = work(engine);
  await scheduler.wait(0); // The clock does not advance before the next wait.
  hashMs = Math.min(MAX_HASH_MS, (hashMs + performance.now() - startedAt) / 2);
  return result;
};

/** Keyboards compose the same characters in different ways (RFC 8265 §4.2: NFC). */
const prepare = (password: string) => password.normalize('NFC');

/** An argon2id hash (RFC 9106) as a PHC string, which contains its own parameters. */
export const hashPassword = ({ settings }: Using<'settings'>, password: string): Promise<string> =>
  inQueue(
    settings,
    (engine) =>
      engine.hash(prepare(password), {
        memoryCost: settings.PASSWORD_MEMORY_KIB,
        timeCost: settings.PASSWORD_PASSES,
        parallelism: 1,
        hashLength: 32,
      }).encoded,
  );

/**
 * Whether the password matches the hash. Without a hash, because the account is unknown, it is false after
 * the same work.
 */
export const verifyPassword = async (
  tools: Using<'settings'>,
  hash: string | undefined,
  password: string,
): Promise<boolean> => {
  if (hash === undefined) {
    await hashPassword(tools, password);
    return false;
  }
  return inQueue(
    tools.settings,
    (engine) => engine.tryVerify(hash, prepare(password), typeFromEncoded(hash)).success,
  );
};

/** Whether a hash was made with lower parameters than the settings have now. */
export const isOutdated = ({ settings }: Using<'settings'>, hash: string): boolean => {
  const [, memory, passes] = /\$m=(\d+),t=(\d+),/.exec(hash) ?? [];
  return Number(memory) < settings.PASSWORD_MEMORY_KIB || Number(passes) < settings.PASSWORD_PASSES;
};
