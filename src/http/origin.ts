import type { Call } from './context.ts';

/** The origin of the URLs that answers name: `PUBLIC_ORIGIN`, or the one that the caller used, which a `Host` header decides. */
export const originOf = (c: Call): string => {
  const { PUBLIC_ORIGIN } = c.var.settings;
  if (PUBLIC_ORIGIN) return PUBLIC_ORIGIN;
  const { url } = c.req;
  return url.slice(0, url.indexOf('/', url.indexOf('//') + 2));
};
