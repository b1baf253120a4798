import { Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import * as z from 'zod';
import type { Context } from '../http/context.ts';
import { describe } from '../middleware/describe.ts';
import { Message } from './views.ts';

const DOCUMENT = {
  documentation: {
    openapi: '3.1.0',
    info: {
      title: 'Darkroom',
      version: '0.1.0',
      description:
        'The whole backend of a photo-sharing application. Errors are `application/problem+json` (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    components: {
      securitySchemes: { bearer: { type: 'http' as const, scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  },
  defaultValidationErrorResponse: false as const,
  excludeStaticFile: false,
};

const Welcome = z.object({
  name: z.literal('Darkroom'),
  app: z.string(),
  docs: z.string(),
  openapi: z.string(),
});

export const system = new Hono<Context>()
  .get(
    '/',
    describe({
      tag: 'system',
      summary: 'Where things are',
      description: 'A redirect to the web app where `Accept` names `text/html`.',
      answers: {
        200: {
          description: 'The paths of the web app, the API reference and the OpenAPI document',
          schema: Welcome,
        },
        302: { description: 'To the web app', headers: ['Location'] },
      },
    }),
    (c) => {
      c.header('Vary', 'Accept', { append: true });
      if (c.req.header('Accept')?.includes('text/html')) return c.redirect('/app/');
      return c.json({ name: 'Darkroom', app: '/app/', docs: '/docs/', openapi: '/openapi.json' });
    },
  )
  .get(
    '/hello',
    describe({
      tag: 'system',
      summary: 'A greeting',
      answers: { 200: { description: 'A greeting', schema: Message } },
    }),
    (c) => c.json({ message: 'Hello Users. Please Login !!' }),
  )
  .get(
    '/health',
    describe({
      tag: 'system',
      summary: 'Whether the Worker serves',
      description: 'Asks no dependency.',
      answers: { 200: { description: 'It does', schema: z.object({ status: z.literal('ok') }) } },
    }),
    (c) => c.json({ status: 'ok' as const }),
  );

/** `GET /openapi.json`: OpenAPI 3.1 of every route of the app, made from the schemas that validate and the views. */
export const describeApp = (app: Hono<Context>) => {
  let document: ReturnType<typeof generateSpecs> | undefined;
  return new Hono<Context>().get(
    '/openapi.json',
    describe({
      tag: 'system',
      summary: 'This description',
      answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
    }),
    async (c) => {
      document ??= generateSpecs(app as never, DOCUMENT);
      return c.json(await document);
    },
  );
};
