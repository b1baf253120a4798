import type { Call } from './context.ts';

/** The origin for URLs in responses: `PUBLIC_ORIGIN`, or else the origin of the request, which its `Host` header decides. */
export const originOf = (c: Call): string => {
  const { PUBLIC_ORIGIN } = c.var.settings;
  if (PUBLIC_ORIGIN) return PUBLIC_ORIGIN;
  const { url } = c.req;
  return url.slice(0, url.indexOf('/', url.indexOf('//') + 2));
};
