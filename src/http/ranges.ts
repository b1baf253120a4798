const SINGLE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i;

/** Larger than any object, and still an exact integer. */
const BEYOND = 2 ** 50;

const count = (digits: string) => Math.min(Number(digits), BEYOND);

/**
 * The range in a `Range` header (RFC 9110 §14.2), before the size is known. Undefined, which means the whole file, if there is no range,
 * or one that is malformed, reversed or of another unit, or several: §14.2 lets a server ignore them.
 */
export const readRange = (header: string | undefined): R2Range | undefined => {
  const [, first, last, suffix] = SINGLE.exec(header ?? '') ?? [];
  if (suffix !== undefined) return count(suffix) > 0 ? { suffix: count(suffix) } : { offset: BEYOND };
  if (first === undefined) return undefined;
  if (!last) return { offset: count(first) };
  const length = count(last) - count(first) + 1;
  return length > 0 ? { offset: count(first), length } : undefined;
};
