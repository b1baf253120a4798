import { freshName, type Options } from './api.ts';
import { png } from './images.ts';
import { CALLERS, type World } from './world.ts';

export type Operation = {
  may: string;
  call?: (world: World) => Options & { params?: Record<string, string | number> };
};

/* Statuses in the order of CALLERS. */
const ANYBODY = '200 200 200 200 200 200 200 200 200';
const ADMINS = '401 403 403 403 403 200 401 401 401';
const MEMBERS = '401 200 200 403 403 200 401 401 401';
const OWNER = '401 200 404 403 403 404 401 401 401';
const OWNED = ({ photo }: World) => ({ params: { id: photo } });
const everybody = (status: number) => CALLERS.map(() => status).join(' ');

/** Every operation of the API: who may call it, and a call that succeeds for those who may. */
export const OPERATIONS: Record<string, Operation> = {
  'GET /': { may: ANYBODY },
  'GET /hello': { may: ANYBODY },
  'GET /health': { may: ANYBODY },
  'GET /ready': { may: ANYBODY },
  'GET /openapi.json': { may: ANYBODY },

  'POST /register': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test' } }),
  },
  'POST /registration': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test' } }),
  },
  'POST /api/register': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test', email: `${freshName()}@example.com` } }),
  },
  'POST /login': {
    may: ANYBODY,
    call: ({ owner }) => ({ json: { username: owner.username, password: 'test' } }),
  },
  'GET /auth/verify': { may: '401 200 200 200 200 200 401 401 401' },
  'GET /auth/me': { may: '401 200 200 200 200 200 401 401 401' },

  'POST /refresh': { may: '401 401 401 401 401 401 401 401 200' },
  'DELETE /logout/access': { may: '401 200 200 200 200 200 401 401 401' },
  'DELETE /logout/refresh': { may: '401 401 401 401 401 401 401 401 200' },
  'POST /logout': { may: '401 200 200 200 200 200 401 401 200' },
  'GET /sessions': { may: '401 200 200 200 200 200 401 401 401' },
  'DELETE /sessions': { may: '401 200 200 200 200 200 401 401 401' },
  'DELETE /sessions/:id': {
    may: '401 200 404 404 404 404 401 401 401',
    call: ({ owner }) => ({ params: { id: owner.sid } }),
  },
  'POST /password': {
    may: '401 200 200 200 200 200 401 401 401',
    call: () => ({ json: { old: 'test', new: 'changed' } }),
  },

  'GET /users': { may: MEMBERS },
  'PATCH /users/:id': {
    may: '401 403 403 403 403 200 401 401 401',
    call: ({ other }) => ({ params: { id: other.id }, json: { name: 'x' } }),
  },
  'DELETE /users/:id': { may: ADMINS, call: ({ other }) => ({ params: { id: other.id } }) },

  'GET /movies': { may: MEMBERS },
  'GET /movies/:id': { may: MEMBERS, call: ({ movie }) => ({ params: { id: movie } }) },
  'POST /search_movies_id/:id': { may: ADMINS, call: ({ movie }) => ({ params: { id: movie } }) },
  'POST /movies': {
    may: '401 403 403 403 403 201 401 401 401',
    call: () => ({
      json: { movie_name: freshName(), popularity: 1, imdbScore: 1, genre: ['Drama'], director: 'x' },
    }),
  },
  'POST /movies/import': {
    may: ADMINS,
    call: () => ({
      file: {
        bytes: new TextEncoder().encode(
          `name,99popularity,imdb_score,genre,director\n${freshName()},1,1,Drama|Crime,x\n`,
        ),
      },
    }),
  },
  'PATCH /movies/:id': {
    may: ADMINS,
    call: ({ movie }) => ({ params: { id: movie }, json: { popularity: 2, genre: ['Crime'] } }),
  },
  'POST /update_movies': { may: ADMINS, call: ({ movie }) => ({ json: { id: movie, popularity: 2 } }) },
  'DELETE /movies/:id': {
    may: '401 403 403 403 403 204 401 401 401',
    call: ({ movie }) => ({ params: { id: movie } }),
  },

  'GET /me/usage': { may: '401 200 200 200 200 200 401 401 401' },

  'POST /photos': {
    may: '401 201 201 403 403 201 401 401 401',
    call: () => ({ file: { bytes: png(1, 1) } }),
  },
  'POST /file': {
    may: '401 201 201 403 403 201 401 401 401',
    call: () => ({ file: { bytes: png(1, 1) } }),
  },
  'GET /photos': { may: MEMBERS },
  'GET /me/photos': { may: MEMBERS },
  'GET /me/drafts': { may: MEMBERS },
  'GET /photos/:id': { may: OWNER, call: OWNED },
  'GET /photos/:id/image': { may: OWNER, call: OWNED },
  'POST /photos/:id/publish': { may: OWNER, call: OWNED },
  'PUT /photos/:id/caption': { may: OWNER, call: (world) => ({ ...OWNED(world), json: { caption: 'x' } }) },
  'DELETE /photos/:id': { may: OWNER, call: OWNED },

  'POST /ops/signup': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test' } }),
  },
  'POST /client/signup': {
    may: everybody(201),
    call: () => ({ json: { username: freshName(), password: 'test' } }),
  },
  'POST /ops/login': {
    may: ANYBODY,
    call: ({ ops }) => ({ json: { username: ops.username, password: 'test' } }),
  },
  'POST /client/login': {
    may: ANYBODY,
    call: ({ client }) => ({ json: { username: client.username, password: 'test' } }),
  },
  'POST /ops/upload': {
    may: '401 403 403 201 403 403 401 401 401',
    call: () => ({ file: { bytes: png(1, 1), name: freshName(), part: 'request_file' } }),
  },
  'GET /ops/files': { may: '401 403 403 200 403 403 401 401 401' },
  'DELETE /ops/files/:name': {
    may: '401 403 403 200 403 403 401 401 401',
    call: ({ file }) => ({ params: { name: file } }),
  },
  'GET /client/files/:ops': {
    may: '401 403 403 403 200 403 401 401 401',
    call: ({ ops }) => ({ params: { ops: ops.username } }),
  },
  'GET /client/files/:ops/:name': {
    may: '401 403 403 403 200 403 401 401 401',
    call: ({ ops, file }) => ({ params: { ops: ops.username, name: file } }),
  },
};
