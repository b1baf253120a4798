/** What identifies a state of a resource: a strong entity tag, and when it was last modified. */
export type Validators = { etag: string; modified: Date };

type Headers = Pick<globalThis.Headers, 'get'>;

const TAG = /(?:^|,)[ \t]*((?:W\/)?"[^"]*")[ \t]*(?=,|$)/g;

const OBSOLETE =
  /^(?:[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/** Milliseconds since the epoch of an HTTP date in any of its three forms (RFC 9110 §5.6.7); NaN for anything else. */
const readDate = (text: string | null): number => {
  if (text === null) return Number.NaN;
  if (OBSOLETE.test(text)) return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  const time = Date.parse(text);
  return new Date(time).toUTCString() === text ? time : Number.NaN;
};

/** HTTP dates have whole seconds. */
const wholeSecond = (date: Date) => Math.floor(date.getTime() / 1000) * 1000;

/** Whether a list of entity tags, or `*`, has this one. Anything else in the list is ignored. */
const includesTag = (list: string, etag: string, comparison: 'weak' | 'strong'): boolean =>
  list.trim() === '*' ||
  Array.from(list.matchAll(TAG), ([, tag = '']) =>
    comparison === 'weak' ? tag.replace(/^W\//, '') : tag,
  ).includes(etag);

/** The entity tag in `If-None-Match`, without quotes, if it is the only one, as caches send it. */
export const readKnownTag = (headers: Headers): string | undefined =>
  /^(?:W\/)?"([\w-]+)"$/.exec(headers.get('If-None-Match') ?? '')?.[1];

/**
 * Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2: 412, 304, or undefined if the request goes on. An invalid
 * date is ignored (§13.1.3, §13.1.4), and so is a date beside a list of tags, which takes precedence.
 */
export const checkPreconditions = (
  headers: Headers,
  { etag, modified }: Validators,
): 304 | 412 | undefined => {
  const stored = wholeSecond(modified);
  const required = headers.get('If-Match');
  if (
    required !== null
      ? !includesTag(required, etag, 'strong')
      : stored > readDate(headers.get('If-Unmodified-Since'))
  )
    return 412;
  const known = headers.get('If-None-Match');
  if (
    known !== null ? includesTag(known, etag, 'weak') : stored <= readDate(headers.get('If-Modified-Since'))
  )
    return 304;
  return undefined;
};

/** Whether `If-Range` allows a partial response (RFC 9110 §13.1.5): its strong tag or its date must match exactly. */
export const allowsRange = (headers: Headers, { etag, modified }: Validators): boolean => {
  const known = headers.get('If-Range');
  return known === null || known === etag || readDate(known) === wholeSecond(modified);
};
