import type { Call } from './context.ts';

/**
 * The paths of one documented API, whose clients send JSON as `text/plain`, as a form, or without a type. What a browser may send from
 * another site without asking first (Fetch, "CORS-safelisted request-header") carries no bearer token, and these paths take a cookie
 * only together with an `Origin` of ours: so this is no way around the preflight.
 */
const PATHS =
  /^\/(?:register|auth|auth\/refresh|add_movies|update_movies|update_user\/[^/]+|movies(?:\/[^/]+)?)$/;

/** The body as JSON, where the path tolerates another `Content-Type` and the body is a JSON object all the same. */
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
