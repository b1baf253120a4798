import type { Call } from './context.ts';
import { originOf } from './origin.ts';

/** Puts the address of the next page, if there is one, into `Link` (RFC 8288): this request with another cursor. */
export const linkNextPage = (c: Call, cursor: string | null): void => {
  if (cursor === null) return;
  const { pathname, search } = new URL(c.req.url);
  const next = new URL(pathname + search, originOf(c));
  next.searchParams.set('cursor', cursor);
  c.header('Link', `<${next}>; rel="next"`);
};
