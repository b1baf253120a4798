import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { readSettings } from './env.ts';
import { ApiError } from './errors.ts';
import type { Context } from './http/context.ts';
import { log } from './middleware/log.ts';
import { refuseWrongMethod } from './middleware/methods.ts';
import { answerProblem } from './middleware/problems.ts';
import { tools } from './middleware/tools.ts';
import { accounts } from './routes/accounts.ts';
import { addAliases } from './routes/aliases.ts';
import { exchange } from './routes/exchange.ts';
import { feeds } from './routes/feeds.ts';
import { files } from './routes/files.ts';
import { images } from './routes/images.ts';
import { imports } from './routes/imports.ts';
import { movies } from './routes/movies.ts';
import { ownSessions } from './routes/ownSessions.ts';
import { photos } from './routes/photos.ts';
import { sessions } from './routes/sessions.ts';
import { system } from './routes/system.ts';
import { uploads } from './routes/uploads.ts';
import { people } from './routes/users.ts';

const origins = cors({
  origin: (origin, c) => {
    const { CORS_ORIGINS } = readSettings(c.env);
    return CORS_ORIGINS.includes('*') ? '*' : CORS_ORIGINS.includes(origin) ? origin : null;
  },
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'Content-Disposition',
    'Repr-Digest',
    'If-Match',
    'If-Modified-Since',
    'If-None-Match',
    'If-Range',
    'If-Unmodified-Since',
    'Range',
    'X-Request-Id',
  ],
  exposeHeaders: [
    'Accept-Ranges',
    'Content-Disposition',
    'Content-Length',
    'Content-Range',
    'ETag',
    'Last-Modified',
    'Link',
    'Location',
    'RateLimit',
    'RateLimit-Policy',
    'Repr-Digest',
    'Retry-After',
    'X-Request-Id',
  ],
  maxAge: 7_200,
});

/** Nothing of this API is a page, and nothing is cached that does not say so itself. */
const headers = [
  secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], sandbox: [] },
    xFrameOptions: 'DENY',
    crossOriginResourcePolicy: 'cross-origin',
    referrerPolicy: 'no-referrer',
  }),
  createMiddleware(async (c, next) => {
    await next();
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
  }),
];

export const app = new Hono<Context>();

/** The table of contents: what every request passes, then the routes. */
const routes = app
  .use(requestId(), log, ...headers, origins, tools, refuseWrongMethod(app))
  .route('/', system)
  .route('/', accounts)
  .route('/', sessions)
  .route('/', ownSessions)
  .route('/', people)
  .route('/', uploads)
  .route('/', photos)
  .route('/', feeds)
  .route('/', images)
  .route('/', exchange)
  .route('/', files)
  .route('/', movies)
  .route('/', imports);

addAliases(app);
app.notFound((c) => answerProblem(new ApiError('not_found', 'Not found.'), c));
app.onError(answerProblem);

export type AppType = typeof routes;
