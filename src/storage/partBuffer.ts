import { unavailable } from '../errors.ts';

/** The least that R2 takes for a part of a multipart upload, all but the last. */
export const PART = 5 * 1024 * 1024;

const SMALL = 256 * 1024;
const MEBIBYTE = 1024 * 1024;

/** An isolate has 128 MB for all that it does. So many buffers of a part are in use at once, where their clients are quick … */
const BUSY = 4;
/** … and so many are held at most. */
const MOST = (60 * MEBIBYTE) / PART;

/** Milliseconds since its last use after which a buffer's client is slow, and others need not wait for it. */
const SLOW = 5_000;
/** Milliseconds after which its request has ended, since a body that does not go on is given up before; a cancelled one gives nothing back. */
const DEAD = 90_000;
const TURN = 10;

const free: Uint8Array<ArrayBuffer>[] = [];
const leases = new Map<object, number>();

const usedWithin = (milliseconds: number) => {
  const now = Date.now();
  let count = 0;
  for (const [lease, used] of leases) {
    if (now - used > DEAD) leases.delete(lease);
    else if (now - used <= milliseconds) count++;
  }
  return count;
};

/**
 * What is held of an object until it fills a part of a multipart upload. A buffer for all of a part is taken in turn, by those that need
 * one, withTimeout `patience` milliseconds. @throws ApiError `unavailable` when too many are held for longer
 */
export const openPart = (patience = 30_000) => {
  const small = new Uint8Array(SMALL);
  const lease = {};
  let buffer = small;
  let filled = 0;
  const enlarge = async () => {
    for (
      let waited = 0;
      usedWithin(DEAD) >= MOST || (usedWithin(SLOW) >= BUSY && waited < SLOW);
      waited += TURN
    ) {
      if (waited > patience) throw unavailable(new Error('Too many uploads are held in this isolate'));
      await scheduler.wait(TURN);
    }
    leases.set(lease, Date.now());
    buffer = free.pop() ?? new Uint8Array(PART);
    buffer.set(small.subarray(0, filled));
  };
  return {
    /** Takes what fits, and returns the rest. */
    async add(chunk: Uint8Array): Promise<Uint8Array> {
      if (buffer === small && filled + chunk.length > SMALL) await enlarge();
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
      if (buffer !== small && free.length < BUSY) free.push(buffer);
      buffer = small;
      filled = 0;
    },
    /** Lets the buffer go, and nobody have it: R2 may still be reading it. */
    drop: () => {
      leases.delete(lease);
    },
  };
};
