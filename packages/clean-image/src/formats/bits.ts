/** Reads unsigned numbers of up to 32 bits one after the other, each with its highest bit first. */
export const createBitReader = (bytes: Uint8Array) => {
  let at = 0;
  const read = (count: number) => {
    let number = 0;
    for (const end = at + count; at < end; at++)
      number = number * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return number;
  };
  return {
    read,
    flag: () => read(1) === 1,
    skip: (count: number) => {
      at += count;
    },
    /** How many bits have been read. */
    position: () => at,
  };
};
