/** What tells one state of a thing from another: a strong entity tag, and when it was stored. */
export type Validators = { etag: string; modified: Date };

type Headers = Pick<globalThis.Headers, 'get'>;

const TAG = /(?:^|,)[ \t]*((?:W\/)?"[^"]*")[ \t]*(?=,|$)/g;

const OBSOLETE =
  /^(?:[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/** Milliseconds since the epoch by an HTTP date in any of its three forms (RFC 9110 §5.6.7); NaN for what is none. */
const readDate = (text: string | null): number => {
  if (text === null) return Number.NaN;
  if (OBSOLETE.test(text)) return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  const time = Date.parse(text);
  return new Date(time).toUTCString() === text ? time : Number.NaN;
};

/** HTTP knows whole seconds. */
const wholeSecond = (date: Date) => Math.floor(date.getTime() / 1000) * 1000;

/** Whether a list of entity tags, or `*`, names this one; what is no tag names nothing. */
const names = (list: string, etag: string, comparison: 'weak' | 'strong'): boolean =>
  list.trim() === '*' ||
  Array.from(list.matchAll(TAG), ([, tag = '']) =>
    comparison === 'weak' ? tag.replace(/^W\//, '') : tag,
  ).includes(etag);

/** The entity tag, without quotes, that `If-None-Match` names alone, as caches do. */
export const readKnownTag = (headers: Headers): string | undefined =>
  /^(?:W\/)?"([\w-]+)"$/.exec(headers.get('If-None-Match') ?? '')?.[1];

/**
 * What the preconditions of a GET or HEAD make of it, in the order of RFC 9110 §13.2.2: 412, 304, or undefined where it goes on. A date
 * that is none is ignored (§13.1.3, §13.1.4), and so is one beside the list of tags that outranks it.
 */
export const judgeConditions = (headers: Headers, { etag, modified }: Validators): 304 | 412 | undefined => {
  const stored = wholeSecond(modified);
  const wanted = headers.get('If-Match');
  if (
    wanted !== null ? !names(wanted, etag, 'strong') : stored > readDate(headers.get('If-Unmodified-Since'))
  )
    return 412;
  const known = headers.get('If-None-Match');
  if (known !== null ? names(known, etag, 'weak') : stored <= readDate(headers.get('If-Modified-Since')))
    return 304;
  return undefined;
};

/** Whether a range may be answered as one, by `If-Range` (RFC 9110 §13.1.5): a strong tag or a date, and either exactly. */
export const isSameForRange = (headers: Headers, { etag, modified }: Validators): boolean => {
  const known = headers.get('If-Range');
  return known === null || known === etag || readDate(known) === wholeSecond(modified);
};
