/** All of what is small enough to be held, in one buffer. @throws what `tooLarge` makes, for more than `most` bytes */
export const readWhole = async (
  chunks: AsyncIterable<Uint8Array>,
  most: number,
  tooLarge: () => Error,
): Promise<Uint8Array<ArrayBuffer>> => {
  const held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > most) throw tooLarge();
    held.push(chunk);
  }
  const whole = new Uint8Array(size);
  for (const chunk of held.reverse()) {
    size -= chunk.length;
    whole.set(chunk, size);
  }
  return whole;
};
