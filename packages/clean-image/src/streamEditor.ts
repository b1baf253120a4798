const PIECE = 16 * 1024;
const SMALL = 64 * 1024;

/** A walk along a tape: it yields whenever it needs more than the tape holds, and returns what it has learnt. */
export type Walk<Result = undefined> = Generator<undefined, Result, undefined>;

export type Tape = ReturnType<typeof openTape>;

/**
 * A file on its way through: `feed` brings a chunk, a walk looks ahead and passes, skips or puts bytes, `drain` takes what came out. It
 * holds what the walk still looks at and up to 64 KiB of small pieces on their way out; what is long goes through uncopied.
 */
export const openTape = () => {
  let held: Uint8Array = new Uint8Array(0);
  let end = 0; // where what has come ends: `held` may be longer
  let at = 0;
  let kept = 0; // from here up to `at` is passed and not yet put out
  let before = 0; // how much of the file came before `held`
  let isWhole = false;
  let pieces: Uint8Array[] = [];
  const small = new Uint8Array(SMALL);
  let filled = 0;

  const putSmall = () => {
    if (filled) pieces.push(small.slice(0, filled));
    filled = 0;
  };
  const putOut = (piece: Uint8Array) => {
    const isLong = piece.length >= PIECE;
    if (isLong || filled + piece.length > SMALL) putSmall();
    if (isLong) pieces.push(piece);
    else small.set(piece, filled);
    filled += isLong ? 0 : piece.length;
  };
  const putKept = () => {
    if (at > kept) putOut(held.subarray(kept, at));
    kept = at;
  };
  const skip = (length: number) => {
    putKept();
    at += length;
    kept = at;
  };
  const put = (bytes: Uint8Array) => {
    putKept();
    putOut(bytes);
  };

  return {
    feed: (chunk: Uint8Array) => {
      putKept();
      const left = end - at;
      if (left && end + chunk.length <= held.length) {
        held.set(chunk, end);
        end += chunk.length;
        return;
      }
      before += at;
      if (left) {
        const longer = new Uint8Array(left + Math.max(left, chunk.length));
        longer.set(held.subarray(at, end));
        longer.set(chunk, left);
        held = longer;
      } else held = chunk;
      at = 0;
      kept = 0;
      end = left + chunk.length;
    },
    finish: () => {
      isWhole = true;
    },
    /** Whether all of the file has come. */
    isWhole: () => isWhole,
    /** Whether fewer than so many bytes lie ahead; who looks at more than it asked for reads nonsense. */
    lacks: (length: number) => end - at < length,
    held: () => end - at,
    /** Where in the file the next byte stands. */
    position: () => before + at,
    peek: (ahead: number) => held[at + ahead] ?? 0,
    ahead: (length: number) => held.subarray(at, at + length),
    pass: (length: number) => {
      at += length;
    },
    /** Passes what is held up to the first such byte, or all of it, and says whether there is one. */
    passTo: (byte: number) => {
      // Close ones are found sooner without a call: a scan full of 0xFF is otherwise eight times as slow.
      for (const near = Math.min(end, at + 16); at < near; at++) if (held[at] === byte) return true;
      const found = held.subarray(at, end).indexOf(byte);
      at = found < 0 ? end : at + found;
      return found >= 0;
    },
    skip,
    put,
    /** Puts zeros in the place of what is held. */
    blank: (length: number) => {
      skip(length);
      putOut(new Uint8Array(length));
    },
    drain: () => {
      putKept();
      if (filled >= PIECE || isWhole) putSmall();
      const out = pieces;
      pieces = [];
      return out;
    },
  };
};

/** Takes `step` through so many bytes as they arrive; through an infinity of them up to the file's end. */
export function* across(tape: Tape, length: number, step: (length: number) => void): Walk {
  for (let left = length; left > 0; ) {
    while (tape.lacks(1)) {
      if (left === Number.POSITIVE_INFINITY && tape.isWhole()) return;
      yield;
    }
    const now = Math.min(left, tape.held());
    step(now);
    left -= now;
  }
}
