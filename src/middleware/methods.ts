import type { Hono, Context as HonoContext } from 'hono';
import { createMiddleware } from 'hono/factory';
import { TrieRouter } from 'hono/router/trie-router';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { HttpError } from '../http/httpError.ts';

const wrongMethod = (method: string, allowed: string[]) =>
  new HttpError(
    'method_not_allowed',
    `${method} is not a method of this path; it takes ${allowed.join(', ')}.`,
    { Allow: allowed.join(', ') },
  );

/** For a GET that changes state: Hono would answer HEAD from it. */
export const refuseHead = (...allowed: string[]) =>
  createMiddleware<Context>(async (c, next) => {
    if (c.req.method === 'HEAD') throw wrongMethod('HEAD', allowed);
    await next();
  });

/** What no route of the app answers: 405 with `Allow` where the path is one of another method, 404 else. */
export const refuseUnknown = (app: Pick<Hono<Context>, 'routes'>) => {
  let methods: TrieRouter<string> | undefined;
  return (c: HonoContext<Context>): never => {
    if (!methods) {
      methods = new TrieRouter();
      for (const { method, path } of app.routes) if (method !== 'ALL') methods.add('ALL', path, method);
    }
    const [found] = methods.match('ALL', c.req.path);
    const allowed = new Set(found.map(([method]) => method));
    if (allowed.size === 0) throw new ApiError('not_found', 'There is nothing at this path.');
    if (allowed.has('GET')) allowed.add('HEAD');
    throw wrongMethod(c.req.method, [...allowed].sort());
  };
};
