import type { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { Context } from '../http/context.ts';
import { HttpError } from '../http/httpError.ts';
import { answerProblem } from './problems.ts';

const wrongMethod = (method: string, allowed: string[]) => {
  const Allow = allowed.toSorted().join(', ');
  return new HttpError('method_not_allowed', `This path does not support ${method}. It supports ${Allow}.`, {
    Allow,
  });
};

/** Refuses HEAD on a GET that changes state, because Hono answers HEAD by running GET. @throws HttpError `method_not_allowed` */
export const refuseHead = (...allowed: string[]) =>
  createMiddleware<Context>(async (c, next) => {
    if (c.req.method === 'HEAD') throw wrongMethod('HEAD', allowed);
    await next();
  });

/** Answers 405 with `Allow` instead of 404 where the path has a route of another method. */
export const refuseWrongMethod = (app: Hono<Context>) =>
  methodNotAllowed<Context>({
    app,
    onMethodNotAllowed: (c, allowed) => answerProblem(wrongMethod(c.req.method, allowed), c),
  });
