import Argon2, { typeFromEncoded } from '@phi-ag/argon2';
import wasm from '@phi-ag/argon2/argon2.wasm';
import type { Settings } from '../../env.ts';
import { ApiError } from '../../errors.ts';
import type { Using } from '../../storage/tools.ts';

let instance: Promise<Argon2> | undefined;
/** One instance an isolate: the memory that it grows to (19 MiB) is used again and never given back. */
const argon2 = () => {
  instance ??= WebAssembly.instantiate(wasm).then((made) => new Argon2(made));
  return instance;
};

/** When this isolate may hash next, and how long a hash holds it, in milliseconds. */
let free = 0;
let cost = 30;

/**
 * A hash holds the isolate, and every answer that other requests wait for. So each takes a place in time, as long after the one before
 * as a hash takes twice over, and what has arrived meanwhile gets through in between. Places are times and not promises: a request that
 * is cancelled in line wedges nobody, though its place stays taken until its time has passed.
 * @throws ApiError `unavailable` when the line is longer than `PASSWORD_QUEUE_MS`
 */
const inTurn = async <T>({ PASSWORD_QUEUE_MS }: Settings, work: (engine: Argon2) => T): Promise<T> => {
  const engine = await argon2();
  const now = performance.now();
  const place = Math.max(now, free);
  if (place - now > PASSWORD_QUEUE_MS)
    throw new ApiError(
      'unavailable',
      'Too many passwords are being checked at this moment; try again soon.',
      {
        retryAfter: Math.ceil(PASSWORD_QUEUE_MS / 1_000),
      },
    );
  free = place + 2 * cost;
  await scheduler.wait(place - now);
  const began = performance.now();
  const result = work(engine);
  await scheduler.wait(0); // the clock stands still until something is waited for
  cost = Math.min(250, (cost + performance.now() - began) / 2);
  return result;
};

/** One user's passwords are equal however their keyboard composed them (RFC 8265 §4.2: NFC). */
const prepare = (password: string) => password.normalize('NFC');

/** An argon2id hash (RFC 9106) as a PHC string, which says by itself how it was made. */
export const hashPassword = ({ settings }: Using<'settings'>, password: string): Promise<string> =>
  inTurn(
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
 * Whether the password is the one that was hashed. Without a hash (nobody has that name) it costs the same and is false.
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
  return inTurn(
    tools.settings,
    (engine) => engine.tryVerify(hash, prepare(password), typeFromEncoded(hash)).success,
  );
};

/** Whether a hash was made with less than the settings now ask for. */
export const isOutdated = ({ settings }: Using<'settings'>, hash: string): boolean => {
  const [, memory, passes] = /\$m=(\d+),t=(\d+),/.exec(hash) ?? [];
  return Number(memory) < settings.PASSWORD_MEMORY_KIB || Number(passes) < settings.PASSWORD_PASSES;
};
