import { getPath } from 'hono/utils/url';

/** The request's path without repeated and trailing slashes, as the documented clients write some: `//login`, `/login/`. */
export const tolerantPath = (request: Request): string => {
  const path = getPath(request);
  if (!path.includes('//') && !path.endsWith('/')) return path;
  return path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
};
