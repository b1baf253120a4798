import { getPath } from 'hono/utils/url';

/** The path of a request without repeated and trailing slashes, which some documented clients send: `//login`, `/login/`. */
export const tolerantPath = (request: Request): string => {
  const path = getPath(request);
  if (!path.includes('//') && !path.endsWith('/')) return path;
  return path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
};
