import { Hono } from 'hono';
import './messages.ts';
import { ApiError } from './errors.ts';
import type { Context } from './http/context.ts';
import { tolerantPath } from './http/path.ts';
import { headers } from './middleware/headers.ts';
import { log } from './middleware/log.ts';
import { refuseWrongMethod } from './middleware/methods.ts';
import { origins } from './middleware/origins.ts';
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
import { usage } from './routes/usage.ts';
import { users } from './routes/users.ts';

export const app = new Hono<Context>({ getPath: tolerantPath });

/** The table of contents: the middleware of every request, then the routes. */
app
  .use(log, headers, origins, tools, refuseWrongMethod(app))
  .route('/', system)
  .route('/', accounts)
  .route('/', sessions)
  .route('/', ownSessions)
  .route('/', users)
  .route('/', usage)
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
