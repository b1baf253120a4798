import { withTimeout } from './requestBudget.ts';

/**
 * Cloudflare's cache of the place that a request comes in at (on workers.dev it keeps nothing). What goes wrong here is no failure of a
 * request: then it is as if the cache were empty.
 */

/** How long a copy lives: by then what was deleted elsewhere is gone here too. */
const COPY_SECONDS = 300;

const MAX_COPY_BYTES = 5 * 1024 * 1024;

const KEPT = [
  'Content-Type',
  'Content-Length',
  'Content-Disposition',
  'Accept-Ranges',
  'ETag',
  'Last-Modified',
  'Repr-Digest',
];

const cacheUrl = (name: string) => `https://images.darkroom/${name}`;

const warn = (error: unknown) => console.warn(JSON.stringify({ event: 'edge_failed', error: String(error) }));

/** The headers that belong to the bytes, and not to one request for them. */
export const headersOfBytes = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    KEPT.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );

/** The copy of this name, or `undefined` where there is none or the cache does not answer in time. */
export const findAtEdge = async (name: string, timeoutMs: number): Promise<Response | undefined> => {
  try {
    return await withTimeout(timeoutMs, 'The cache', () => caches.default.match(cacheUrl(name)));
  } catch (error) {
    warn(error);
    return undefined;
  }
};

/** Whether a copy of this may be kept: a whole one, with its entity tag, and no more than 5 MiB. */
export const fitsAtEdge = ({ status, headers }: Response): boolean =>
  status === 200 && headers.has('ETag') && Number(headers.get('Content-Length')) <= MAX_COPY_BYTES;

/** Keeps a copy for five minutes. */
export const keepAtEdge = async (name: string, { body, headers }: Response): Promise<void> => {
  try {
    const kept = { ...headersOfBytes(headers), 'Cache-Control': `public, max-age=${COPY_SECONDS}` };
    await caches.default.put(cacheUrl(name), new Response(body, { headers: kept }));
  } catch (error) {
    warn(error);
  }
};

export const forgetAtEdge = async (names: string[]): Promise<void> => {
  const forgotten = await Promise.allSettled(names.map((name) => caches.default.delete(cacheUrl(name))));
  for (const one of forgotten) if (one.status === 'rejected') warn(one.reason);
};
