import { zValidator } from '@hono/zod-validator';
import type { Input, MiddlewareHandler } from 'hono';
import * as z from 'zod';
import { ApiError } from '../errors.ts';
import type { Call, Context } from '../http/context.ts';
import { invalidFields } from '../http/fields.ts';
import { readLenientJson } from '../http/lenientJson.ts';
import { unsupportedType } from '../http/mediaTypes.ts';
import { describe } from './describe.ts';
import { smallBody } from './smallBody.ts';

type Issues = { issues: readonly { path: readonly PropertyKey[]; message: string }[] };

const invalid = ({ issues }: Issues, whole?: string) => {
  const errors = issues.map(({ path, message }) => ({ field: path, detail: message }));
  return invalidFields(errors, whole);
};

/** The value as the schema reads it. @throws ApiError `invalid` */
export const parse = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
};

/** Validates the query. @throws ApiError `invalid` */
export const validateQuery = <S extends z.ZodType>(schema: S) =>
  describe(
    zValidator('query', schema, (result) => {
      if (!result.success) throw invalid(result.error, 'the query');
    }),
    { query: schema, errors: ['invalid'] },
  );

/** Validates the parameters of the path: an invalid one is not found. @throws ApiError `not_found` */
export const validateParam = <S extends z.ZodType>(schema: S) =>
  describe(
    zValidator('param', schema, (result) => {
      if (!result.success) throw new ApiError('not_found', 'Not found.');
    }),
    { params: schema, errors: ['not_found'] },
  );

const mediaType = (c: Call) => c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();

const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data'];

const isJson = (c: Call) => /^application\/([\w.-]+\+)?json$/.test(mediaType(c) ?? '');

/** Reads a JSON body of another media type as JSON, on the paths that tolerate it. */
const readAsJson = async (c: Call) => {
  const text = isJson(c) ? undefined : await readLenientJson(c);
  if (text === undefined) return;
  const headers = new Headers(c.req.raw.headers);
  headers.set('Content-Type', 'application/json');
  c.req.raw = new Request(c.req.raw, { headers, body: text });
};

/**
 * Takes a token from this field of a JSON body. It takes precedence over the Authorization header, because some clients still send the
 * access token there. @throws ApiError `malformed`, `too_large`
 */
export const takeTokenFromBody = (name: string): MiddlewareHandler<Context> =>
  describe(
    (c, next) =>
      smallBody(c, async () => {
        await readAsJson(c);
        if (isJson(c) && c.req.raw.body) {
          const body: unknown = await c.req.json().catch((cause) => {
            throw new ApiError('malformed', 'The body is not valid JSON.', { cause });
          });
          const token =
            typeof body === 'object' &&
            body !== null &&
            Object.entries(body).find(([key]) => key === name)?.[1];
          if (typeof token === 'string') c.set('tokenInBody', token);
        }
        await next();
      }),
    {
      body: z.object({ [name]: z.string().optional() }),
      bodyOptional: true,
      token: 'optional',
      errors: ['malformed', 'too_large', 'unsupported_type'],
    },
  );

/**
 * Validates a body of at most 64 KiB, JSON or a form by its media type. The handler reads it with `c.req.valid('json')`.
 * @throws ApiError `malformed`, `invalid`, `too_large`, `unsupported_type`
 */
export const validateBody = <S extends z.ZodType>(schema: S) => {
  type Validated = Input & { in: { json: z.input<S> }; out: { json: z.output<S> } };
  const refuse = (result: { success: boolean; error?: Issues }) => {
    if (!result.success && result.error) throw invalid(result.error);
  };
  const asJson = zValidator('json', schema, refuse);
  const asForm = zValidator('form', schema, refuse);
  const middleware: MiddlewareHandler<Context, string, Validated> = (c, next) =>
    smallBody(c, async () => {
      await readAsJson(c);
      const type = mediaType(c);
      if (type && FORMS.includes(type)) {
        await asForm(c as never, async () => {
          c.req.addValidatedData('json', c.req.valid('form' as never) as object);
          await next();
        });
      } else if (isJson(c)) {
        await asJson(c as never, next);
      } else
        throw unsupportedType(c.req.method, 'Send JSON (Content-Type: application/json) or a form.', [
          'application/json',
          ...FORMS,
        ]);
    });
  return describe(middleware, {
    body: schema,
    errors: ['malformed', 'too_large', 'unsupported_type', 'invalid'],
  });
};
