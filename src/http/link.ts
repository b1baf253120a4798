import type { Call } from './context.ts';

/** Puts the address of the next page, if there is one, into `Link` (RFC 8288): this request with another cursor. */
export const linkNextPage = (c: Call, cursor: string | null): void => {
  if (cursor === null) return;
  const next = new URL(c.req.url);
  next.searchParams.set('cursor', cursor);
  c.header('Link', `<${next}>; rel="next"`);
};
