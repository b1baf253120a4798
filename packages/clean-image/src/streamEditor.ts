const LONG_PIECE_BYTES = 16 * 1024;
const OUTPUT_BUFFER_BYTES = 64 * 1024;

/** A generator that yields whenever it needs more input, and returns what it has learned. */
export type Steps<Result = undefined> = Generator<undefined, Result, undefined>;

export type StreamEditor = ReturnType<typeof createStreamEditor>;

/**
 * A cursor over a file that arrives in chunks. `feed` adds a chunk; a format looks at the bytes after the cursor and copies, drops or
 * replaces them; `takeOutput` returns the result so far. The editor buffers what a format still looks at, and up to 64 KiB of short
 * output pieces. Longer pieces are passed on without a copy.
 */
export const createStreamEditor = () => {
  let buffer: Uint8Array = new Uint8Array(0);
  let bufferEnd = 0; // where the input in `buffer` ends: the array may be longer
  let bufferPosition = 0; // where in the file `buffer` begins
  let cursor = 0;
  let copyStart = 0; // what lies from here to the cursor is copied and not yet in the output
  let written = 0; // what has been put into the output
  let ended = false;
  let output: Uint8Array[] = [];
  const short = new Uint8Array(OUTPUT_BUFFER_BYTES);
  let shortLength = 0;

  const flushShort = () => {
    if (shortLength) output.push(short.slice(0, shortLength));
    shortLength = 0;
  };
  const write = (piece: Uint8Array) => {
    written += piece.length;
    const isLong = piece.length >= LONG_PIECE_BYTES;
    if (isLong || shortLength + piece.length > OUTPUT_BUFFER_BYTES) flushShort();
    if (isLong) output.push(piece);
    else short.set(piece, shortLength);
    shortLength += isLong ? 0 : piece.length;
  };
  const flushCopied = () => {
    if (cursor > copyStart) write(buffer.subarray(copyStart, cursor));
    copyStart = cursor;
  };
  const drop = (length: number) => {
    flushCopied();
    cursor += length;
    copyStart = cursor;
  };
  const insert = (bytes: Uint8Array) => {
    flushCopied();
    write(bytes);
  };

  return {
    feed: (chunk: Uint8Array) => {
      flushCopied();
      const rest = bufferEnd - cursor;
      if (rest && bufferEnd + chunk.length <= buffer.length) {
        buffer.set(chunk, bufferEnd);
        bufferEnd += chunk.length;
        return;
      }
      bufferPosition += cursor;
      if (rest) {
        const longer = new Uint8Array(rest + Math.max(rest, chunk.length));
        longer.set(buffer.subarray(cursor, bufferEnd));
        longer.set(chunk, rest);
        buffer = longer;
      } else buffer = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length); // a Buffer's slice() is no copy
      cursor = 0;
      copyStart = 0;
      bufferEnd = rest + chunk.length;
    },
    /** Says that no more input will come. */
    end: () => {
      ended = true;
    },
    hasEnded: () => ended,
    /** Whether more input is needed before the next `length` bytes can be read. */
    needs: (length: number) => bufferEnd - cursor < length,
    /** How many bytes lie after the cursor. */
    buffered: () => bufferEnd - cursor,
    /** Where in the file the cursor is. */
    position: () => bufferPosition + cursor,
    /** How long the output is, up to the cursor. */
    outputPosition: () => written + cursor - copyStart,
    peekByte: (offset: number) => buffer[cursor + offset] ?? 0,
    /** The next bytes, as a view. Ask `needs` first. */
    peek: (length: number) => buffer.subarray(cursor, cursor + length),
    copy: (length: number) => {
      cursor += length;
    },
    /** Copies everything before the next such byte, or all that is buffered; says whether it was found. */
    copyUntil: (byte: number) => {
      // A loop finds close ones faster than indexOf: a scan full of 0xFF would take eight times as long.
      for (const near = Math.min(bufferEnd, cursor + 16); cursor < near; cursor++)
        if (buffer[cursor] === byte) return true;
      const found = buffer.subarray(cursor, bufferEnd).indexOf(byte);
      cursor = found < 0 ? bufferEnd : cursor + found;
      return found >= 0;
    },
    drop,
    /** Drops everything before the next such byte, or all that is buffered. */
    dropUntil: (byte: number) => {
      const found = buffer.subarray(cursor, bufferEnd).indexOf(byte);
      drop(found < 0 ? bufferEnd - cursor : found);
    },
    insert,
    /** Replaces bytes by zeros. */
    zero: (length: number) => {
      drop(length);
      write(new Uint8Array(length));
    },
    takeOutput: () => {
      flushCopied();
      if (shortLength >= LONG_PIECE_BYTES || ended) flushShort();
      const taken = output;
      output = [];
      return taken;
    },
  };
};

/** Applies `edit` to the next `length` bytes as they arrive; to all that follow if `length` is infinite. */
export function* forBytes(editor: StreamEditor, length: number, edit: (length: number) => void): Steps {
  for (let rest = length; rest > 0; ) {
    while (editor.needs(1)) {
      if (rest === Number.POSITIVE_INFINITY && editor.hasEnded()) return;
      yield;
    }
    const part = Math.min(rest, editor.buffered());
    edit(part);
    rest -= part;
  }
}
