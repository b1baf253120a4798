import type { Hono } from 'hono';
import type { Context } from '../http/context.ts';

/** The names that five existing APIs document for our operations: on the left our name, on the right the other names. */
const ALIASES: Record<string, string[]> = {
  'POST /login': ['POST /auth', 'POST /api/login'],
  'POST /refresh': [
    'POST /token/refresh',
    'POST /api/token/refresh',
    'GET /api/token/refresh',
    'POST /auth/refresh',
    'GET /auth/refresh',
  ],
  'DELETE /logout/access': [
    'POST /logout/access',
    'DELETE /api/logout/access',
    'POST /api/logout/access',
    'GET /api/logout/access',
  ],
  'DELETE /logout/refresh': [
    'POST /logout/refresh',
    'DELETE /api/logout/refresh',
    'POST /api/logout/refresh',
    'GET /api/logout/refresh',
  ],
  'POST /logout': ['GET /logout', 'DELETE /logout'],
  'PATCH /users/:id': ['POST /update_user/:id'],
  'POST /movies': ['POST /add_movies'],
  'POST /movies/import': ['POST /upload'],
  'POST /photos': ['POST /upload-photo'],
  'POST /photos/:id/publish': ['POST /post-photo/:id'],
  'PUT /photos/:id/caption': ['PATCH /photos/:id/caption', 'POST /photos/:id/caption'],
  'DELETE /photos/:id': ['DELETE /delete-photo/:id', 'POST /delete-photo/:id'],
  'GET /photos/:id': ['GET /photo/:id'],
  'GET /photos': ['GET /all-photos'],
  'GET /me/photos': ['GET /my-photos'],
  'GET /me/drafts': ['GET /my-drafts'],
};

/** Mounts the middleware and handler of each operation under its documented names as well. */
export const addAliases = (app: Pick<Hono<Context>, 'routes' | 'on'>): void => {
  const own = [...app.routes];
  for (const [operation, names] of Object.entries(ALIASES)) {
    const chain = own.filter(({ method, path }) => `${method} ${path}` === operation);
    if (chain.length === 0) throw new Error(`There is no route ${operation}`);
    for (const name of names) {
      const [method = '', path = ''] = name.split(' ');
      for (const { handler } of chain) app.on(method, path, handler);
    }
  }
};

/** Our name of the operation at this method and path. */
export const canonicalName = (method: string, path: string): string => {
  const name = `${method} ${path}`;
  return Object.keys(ALIASES).find((operation) => ALIASES[operation]?.includes(name)) ?? name;
};
