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

/** What the schema makes of the value. @throws ApiError `invalid` */
export const parse = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
};

/** The query, by its schema; @throws ApiError `invalid` */
export const validateQuery = <S extends z.ZodType>(schema: S) =>
  describe(
    zValidator('query', schema, (result) => {
      if (!result.success) throw invalid(result.error, 'the query');
    }),
    { query: schema, errors: ['invalid'] },
  );

/** The path's parameters: one that cannot be names nothing. @throws ApiError `not_found` */
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

/** Lets a JSON body of another type count as JSON where the path tolerates that. */
const readAsJson = async (c: Call) => {
  const text = isJson(c) ? undefined : await readLenientJson(c);
  if (text === undefined) return;
  const headers = new Headers(c.req.raw.headers);
  headers.set('Content-Type', 'application/json');
  c.req.raw = new Request(c.req.raw, { headers, body: text });
};

/**
 * For the callers who send their token in a JSON body, under this name. It wins over the Authorization header, in which some of them
 * still send the access token. @throws ApiError `malformed`, `too_large`
 */
export const takeTokenFromBody = (name: string): MiddlewareHandler<Context> =>
  describe(
    (c, next) =>
      smallBody(c, async () => {
        await readAsJson(c);
        if (isJson(c) && c.req.raw.body) {
          const body: unknown = await c.req.json().catch((cause) => {
            throw new ApiError('malformed', 'The body is not JSON.', { cause });
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
 * A small body (64 KiB), as JSON or as a form, whichever it says that it is; the handler finds it under `json`.
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
