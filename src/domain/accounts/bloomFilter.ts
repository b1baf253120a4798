/**
 * A Bloom filter (B. H. Bloom, 1970): says for certain that a text was never added, and with a small chance of error that one was. Bits
 * are chosen by double hashing with two FNV-1a hashes (Kirsch and Mitzenmacher, 2006).
 */

const HASHES = 11;

const fnv1a = (text: string, seed: number): number => {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
};

function* bitsOf(text: string, size: number) {
  const first = fnv1a(text, 0x811c9dc5);
  const second = fnv1a(text, 0x01234567) | 1;
  for (let i = 0; i < HASHES; i++) yield ((first + i * second) >>> 0) % size;
}

export const addToFilter = (filter: Uint8Array, text: string): void => {
  for (const bit of bitsOf(text, filter.length * 8))
    filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
};

export const mayContain = (filter: Uint8Array, text: string): boolean => {
  for (const bit of bitsOf(text, filter.length * 8))
    if (((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  return true;
};
