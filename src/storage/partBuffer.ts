import type { Settings } from '../env.ts';
import { unavailable } from '../errors.ts';

/** The least that R2 takes for a part of a multipart upload, all but the last. */
export const PART = 5 * 1024 * 1024;

const SMALL_BYTES = 256 * 1024;
const MEBIBYTE = 1024 * 1024;

/** An isolate has 128 MB for all that it does. So many buffers of a part are in use at once, where their clients are quick … */
const MAX_QUICK = 4;
/** … and so many are held at most. */
const MAX_BUFFERS = (60 * MEBIBYTE) / PART;

/** Milliseconds since its last use after which a buffer's client is slow, and others need not wait for it. */
const SLOW_MS = 5_000;
/** Milliseconds beyond `BODY_STALL_MS` after which its request has surely ended; a cancelled one gives nothing back. */
const GRACE_MS = 30_000;
const TURN_MS = 10;

const free: Uint8Array<ArrayBuffer>[] = [];
const leases = new Map<object, number>();

const forgetUnused = (milliseconds: number) => {
  for (const [lease, used] of leases) if (Date.now() - used > milliseconds) leases.delete(lease);
};

const countUsedWithin = (milliseconds: number) => {
  const now = Date.now();
  return [...leases.values()].filter((used) => now - used <= milliseconds).length;
};

/**
 * What is held of an object until it fills a part of a multipart upload. A buffer for all of a part is taken in turn, by those that need
 * one, within `PART_BUFFER_WAIT_MS`. @throws ApiError `unavailable` when too many are held for longer
 */
export const openPart = (settings: Pick<Settings, 'PART_BUFFER_WAIT_MS' | 'BODY_STALL_MS'>) => {
  const small = new Uint8Array(SMALL_BYTES);
  const lease = {};
  let buffer = small;
  let filled = 0;
  const enlarge = async () => {
    const mustWait = (waited: number) => {
      forgetUnused(settings.BODY_STALL_MS + GRACE_MS);
      return leases.size >= MAX_BUFFERS || (countUsedWithin(SLOW_MS) >= MAX_QUICK && waited < SLOW_MS);
    };
    for (let waited = 0; mustWait(waited); waited += TURN_MS) {
      if (waited > settings.PART_BUFFER_WAIT_MS)
        throw unavailable(new Error('Too many uploads are held in this isolate'));
      await scheduler.wait(TURN_MS);
    }
    leases.set(lease, Date.now());
    buffer = free.pop() ?? new Uint8Array(PART);
    buffer.set(small.subarray(0, filled));
  };
  return {
    /** Takes what fits, and returns the rest. */
    async add(chunk: Uint8Array): Promise<Uint8Array> {
      if (buffer === small && filled + chunk.length > SMALL_BYTES) await enlarge();
      else if (buffer !== small) leases.set(lease, Date.now());
      const piece = chunk.subarray(0, buffer.length - filled);
      buffer.set(piece, filled);
      filled += piece.length;
      return chunk.subarray(piece.length);
    },
    isWhole: () => filled === PART,
    bytes: () => buffer.subarray(0, filled),
    /** Empties the part, and gives its buffer to whoever is next. */
    clear() {
      leases.delete(lease);
      if (buffer !== small && free.length < MAX_QUICK) free.push(buffer);
      buffer = small;
      filled = 0;
    },
    /** Lets the buffer go, and nobody have it: R2 may still be reading it. */
    drop: () => {
      leases.delete(lease);
    },
  };
};
