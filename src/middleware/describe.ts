import type * as z from 'zod';
import type { Code } from '../errors.ts';

/**
 * What a middleware tells the OpenAPI document about each route that it is on. It is plain data, which nothing reads but the build
 * (`openapi/`), and `problems.ts` for `plainErrors`.
 */
export type Description = {
  /** The errors that it answers with. */
  errors?: readonly Code[];
  /** The schema of the path's parameters, of the query, of the body. */
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  bodyOptional?: boolean;
  /** `optional`: something else than a token serves as well. */
  token?: 'required' | 'optional';
  /** Headers that it adds to every successful response. */
  headers?: readonly string[];
  /** Errors are plain text unless the caller accepts JSON. */
  plainErrors?: boolean;
};

const descriptions = new WeakMap<object, Description>();

/** Attaches a description to a middleware, and returns the middleware. */
export const describe = <M extends object>(middleware: M, description: Description): M => {
  descriptions.set(middleware, description);
  return middleware;
};

/** What a middleware or handler tells about itself; nothing by default. */
export const descriptionOf = (middleware: object): Description => descriptions.get(middleware) ?? {};
