/** The least that R2 takes for a part of a multipart upload, all but the last. */
const PART = 5 * 1024 * 1024;

const SMALL = 256 * 1024;
/** Buffers of a whole part that the requests of this isolate hold at once: it has 128 MB for all that it does. */
const BUFFERS = 4;
const LEASE = 5_000;
const TURN = 10;

const free: Uint8Array<ArrayBuffer>[] = [];
/** When each held buffer was last used. One that is not used for a while has no claim: its client is slow, or its request was cancelled. */
const leases = new Map<object, number>();

const isFull = () => {
  for (const [lease, used] of leases) if (Date.now() - used > LEASE) leases.delete(lease);
  return leases.size >= BUFFERS;
};

/**
 * What is held of an object until it fills a part of a multipart upload. A buffer for all of a part is taken in turn, by those that need
 * one; whoever waits for 5 s goes on without a turn.
 */
export const openPart = () => {
  const small = new Uint8Array(SMALL);
  const lease = {};
  let buffer = small;
  let filled = 0;
  const enlarge = async () => {
    for (let waited = 0; isFull() && waited < LEASE; waited += TURN) await scheduler.wait(TURN);
    leases.set(lease, Date.now());
    buffer = free.pop() ?? new Uint8Array(PART);
    buffer.set(small.subarray(0, filled));
  };
  return {
    /** Takes what fits, and returns the rest. */
    async add(chunk: Uint8Array): Promise<Uint8Array> {
      if (buffer === small && filled + chunk.length > SMALL) await enlarge();
      else if (leases.has(lease)) leases.set(lease, Date.now());
      const piece = chunk.subarray(0, buffer.length - filled);
      buffer.set(piece, filled);
      filled += piece.length;
      return chunk.subarray(piece.length);
    },
    isWhole: () => filled === PART,
    bytes: () => buffer.subarray(0, filled),
    /** Empties the part, and gives its buffer to whoever is next. */
    clear() {
      if (leases.delete(lease) && free.length < BUFFERS) free.push(buffer);
      buffer = small;
      filled = 0;
    },
    /** Lets the buffer go, and nobody have it: R2 may still be reading it. */
    drop: () => leases.delete(lease),
  };
};
