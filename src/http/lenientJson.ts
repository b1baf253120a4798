import type { Call } from './context.ts';

/**
 * The paths of one documented API, whose clients send JSON as `text/plain`, as a form, or without a type. This does not bypass the
 * preflight: without one, a browser sends no bearer token to another site (Fetch, "CORS-safelisted request-header"), and these paths
 * take a cookie only with an `Origin` of ours.
 */
const PATHS =
  /^\/(?:register|auth|auth\/refresh|add_movies|update_movies|update_user\/[^/]+|movies(?:\/[^/]+)?)$/;

/** The body as JSON text, if the path tolerates another `Content-Type` and the body is a JSON object. */
export const readLenientJson = async (c: Call): Promise<string | undefined> => {
  if (!PATHS.test(c.req.path) || !c.req.raw.body) return undefined;
  const text = await c.req.raw.clone().text();
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
};
