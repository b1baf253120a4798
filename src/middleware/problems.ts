import type { Context as HonoContext } from 'hono';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import { matchedRoutes } from 'hono/route';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Problem } from '../../openapi/problems.ts';
import { ApiError, type Code, unavailable } from '../errors.ts';
import { prefersJson } from '../http/accept.ts';
import type { Context } from '../http/context.ts';
import { pointerTo } from '../http/fields.ts';
import { HttpError } from '../http/httpError.ts';
import { describeFailure, isDatabaseTrouble, isSchemaMismatch } from '../storage/database.ts';
import { findMissingMigrations } from '../storage/migrations.ts';
import { describe, descriptionOf } from './describe.ts';
import { limitFields } from './throttle.ts';

export const STATUS: Record<Code, ContentfulStatusCode> = {
  malformed: 400,
  unauthenticated: 401,
  wrong_credentials: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  quota_exceeded: 413,
  unsupported_type: 415,
  range_not_satisfiable: 416,
  invalid: 422,
  throttled: 429,
  unavailable: 503,
};

export const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The error that the caller learns of: ours, Hono's, or a failure of the database. Undefined for an unexpected one. */
const asApiError = (error: unknown): ApiError | undefined => {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++)
    if (e instanceof ApiError) return e;
  if (error instanceof HTTPException) {
    if (error.status === 413) return new ApiError('too_large', 'The body is too large.', { cause: error });
    if (error.status < 500) return new ApiError('malformed', 'The request cannot be read.', { cause: error });
  }
  return isDatabaseTrouble(error) ? unavailable(describeFailure(error).error) : undefined;
};

/** What a statement on missing tables or columns means: this code was deployed before its migrations. */
const findSchemaError = async (
  error: unknown,
  c: Pick<HonoContext<Context>, 'var'>,
): Promise<ApiError | undefined> => {
  if (!isSchemaMismatch(error)) return undefined;
  const newest = (await findMissingMigrations(c.var.db).catch(() => [])).at(-1);
  if (!newest) return undefined;
  const detail = `The database needs migration ${newest}. Nothing was changed; please retry once it has run.`;
  return new ApiError('unavailable', detail, { retryAfter: 60, cause: error });
};

/** Answers errors of this route as plain text unless the caller accepts JSON. */
export const plainErrors = describe(
  createMiddleware<Context>((_, next) => next()),
  { plainErrors: true },
);

const hasPlainErrors = (c: HonoContext<Context>) =>
  matchedRoutes(c).some(({ handler }) => descriptionOf(handler).plainErrors);

const UNEXPECTED = {
  code: 'internal' as const,
  status: 500 as const,
  message: 'Something went wrong. The error has been logged.',
};

/** The problem (RFC 9457) of an error, with its status. An unexpected error is logged here, and the caller learns nothing of it. */
export const describeProblem = async (error: unknown, c: Pick<HonoContext<Context>, 'var'>) => {
  const apiError = asApiError(error) ?? (await findSchemaError(error, c));
  if (!apiError)
    console.error(
      JSON.stringify({ event: 'unexpected', request_id: c.var.requestId, ...describeFailure(error) }),
    );
  const { code, message } = apiError ?? UNEXPECTED;
  const status = apiError ? STATUS[apiError.code] : UNEXPECTED.status;
  const { errors, extensions } = apiError?.details ?? {};
  const problem: Problem = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    message,
    code,
    request_id: c.var.requestId,
    ...(errors && {
      errors: errors.map(({ field, detail }) => ({ pointer: pointerTo(field), detail })),
    }),
    ...extensions,
  };
  return { status, problem, apiError };
};

/** Answers with the problem of an error, and with the headers that belong to it. */
export const answerProblem = async (error: unknown, c: HonoContext<Context>): Promise<Response> => {
  const { status, problem, apiError } = await describeProblem(error, c);
  c.set('failure', apiError ?? error);
  const { retryAfter, limit } = apiError?.details ?? {};
  const headers = apiError instanceof HttpError ? apiError.headers : {};
  if (status === 401) c.header('WWW-Authenticate', 'Bearer');
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter));
  if (limit)
    for (const [name, value] of limitFields(limit, 0, retryAfter ?? limit.window)) c.header(name, value);
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (hasPlainErrors(c) && !prefersJson(c)) return c.text(problem.detail, status);
  return c.json(problem, status, { 'Content-Type': 'application/problem+json' });
};
