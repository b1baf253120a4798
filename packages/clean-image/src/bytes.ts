/** Reads a big-endian unsigned number. Bytes beyond the end count as zero. */
export const be = (bytes: Uint8Array, at: number, size: number) => {
  let number = 0;
  for (let i = at; i < at + size; i++) number = number * 256 + (bytes[i] ?? 0);
  return number;
};

/** Reads a little-endian unsigned number. Bytes beyond the end count as zero. */
export const le = (bytes: Uint8Array, at: number, size: number) => {
  let number = 0;
  for (let i = at + size - 1; i >= at; i--) number = number * 256 + (bytes[i] ?? 0);
  return number;
};

/** Reads one character a byte; fewer where the bytes end. A spread would take half the time of a file with a million boxes. */
export const ascii = (bytes: Uint8Array, at: number, size: number) => {
  let text = '';
  for (let i = at; i < at + size && i < bytes.length; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
};

export const u16 = (number: number) => [(number >>> 8) & 255, number & 255];
export const u32 = (number: number) => [...u16(number >>> 16), ...u16(number)];

/** Concatenates ASCII texts and arrays of bytes. */
export const concat = (...parts: (string | ArrayLike<number>)[]) => {
  const numbers = parts.map((part) =>
    typeof part === 'string' ? Array.from(part, (char) => char.charCodeAt(0)) : part,
  );
  const whole = new Uint8Array(numbers.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of numbers) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
