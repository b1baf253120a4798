import type * as z from 'zod';
import type { Code } from '../errors.ts';

/**
 * What a middleware adds to the OpenAPI description of each route that uses it. The build (`openapi/`) reads it; at run time only
 * `plainErrors` is used.
 */
export type Description = {
  /** The errors that it throws. */
  errors?: readonly Code[];
  /** The schemas that it validates with. */
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  bodyOptional?: boolean;
  /** `optional`: the caller may prove who it is in another way. */
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

/** The description of a middleware or handler; empty by default. */
export const descriptionOf = (middleware: object): Description => descriptions.get(middleware) ?? {};
