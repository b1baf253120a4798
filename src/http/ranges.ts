const SINGLE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i;

/** More than any object has, and still exact. */
const BEYOND = 2 ** 50;

const count = (digits: string) => Math.min(Number(digits), BEYOND);

/**
 * The range that a `Range` header asks for (RFC 9110 §14.2), before the size is known. Undefined, so that the whole is answered, for
 * none, for what is malformed or reversed, for other units, and for several ranges at once: §14.2 lets a server ignore any.
 */
export const readRange = (header: string | undefined): R2Range | undefined => {
  const [, first, last, suffix] = SINGLE.exec(header ?? '') ?? [];
  if (suffix !== undefined) return count(suffix) > 0 ? { suffix: count(suffix) } : { offset: BEYOND };
  if (first === undefined) return undefined;
  if (!last) return { offset: count(first) };
  const length = count(last) - count(first) + 1;
  return length > 0 ? { offset: count(first), length } : undefined;
};
