import { ConnectionError, ProblemError } from 'darkroom-client';

/** What went wrong, in a sentence for people. */
export const sayError = (error: unknown): string => {
  if (error instanceof ConnectionError)
    return navigator.onLine
      ? 'The server cannot be reached at the moment. Your connection is fine, so please try again.'
      : 'You are offline. This goes on when the connection is back.';
  if (error instanceof ProblemError) {
    if (error.status === 429)
      return `That was a bit fast. Please try again in ${sayWait(error.retryAfter ?? 60)}.`;
    if (error.status >= 500) return 'The server has a problem at the moment. Please try again soon.';
    return error.errors.length === 1 && error.errors[0] ? sentence(error.errors[0].detail) : error.message;
  }
  return 'Something unexpected went wrong. Please try again.';
};

export const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

/** A detail of the API as a sentence: a capital letter, a full stop. */
export const sentence = (detail: string): string => {
  const text = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
};

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const date = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });

/** A time as "3 hours ago". */
export const sayAgo = (iso: string): string => {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? [];
  return unit && size ? relative.format(Math.round(seconds / size), unit) : 'just now';
};

export const sayDate = (iso: string): string => date.format(new Date(iso));

export const sayWait = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.ceil(seconds))} s` : `${Math.ceil(seconds / 60)} minutes`;

export const saySize = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} B`;
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
};

export const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
