import * as z from 'zod';
import type { Operations } from './operation.ts';
import { exampleOf, Problem } from './problems.ts';

/** A sentence for people. */
export const Message = z.object({ message: z.string() }).meta({ id: 'Message' });

const Welcome = z
  .object({ name: z.literal('Darkroom'), app: z.string(), docs: z.string(), openapi: z.string() })
  .meta({ id: 'Welcome' });

const State = z.enum(['ok', 'failed']);
const Dependencies = z.object({ libsql: State, redis: State, r2: State }).meta({ id: 'Dependencies' });
const NotReady = Problem.extend({ dependencies: Dependencies.optional() }).meta({ id: 'NotReady' });
const notReady = {
  ...exampleOf('unavailable'),
  dependencies: { libsql: 'failed', redis: 'ok', r2: 'ok' },
};

export const system: Operations = {
  'GET /': {
    id: 'getIndex',
    tag: 'system',
    summary: 'Find the web app, the API reference and the OpenAPI document',
    description: 'Redirects to the web app where `Accept` names `text/html`.',
    answers: {
      200: {
        description: 'The paths of the web app, the API reference and the OpenAPI document',
        schema: Welcome,
        example: { name: 'Darkroom', app: '/app/', docs: '/docs/', openapi: '/openapi.json' },
      },
      302: { description: 'The web app', headers: ['Location'] },
    },
  },
  'GET /hello': {
    id: 'greet',
    tag: 'system',
    summary: 'Get a greeting',
    answers: {
      200: {
        description: 'A greeting',
        schema: Message,
        example: { message: 'Hello Users. Please Login !!' },
      },
    },
  },
  'GET /health': {
    id: 'checkHealth',
    tag: 'system',
    summary: 'Check that the Worker runs',
    description: 'Asks no dependency.',
    answers: {
      200: {
        description: 'It runs',
        schema: z.object({ status: z.literal('ok') }),
        example: { status: 'ok' },
      },
    },
  },
  'GET /ready': {
    id: 'checkReadiness',
    tag: 'system',
    summary: 'Check that the dependencies answer',
    description: 'Asks libSQL, Redis and R2, each for 500 ms at most. 503 names those that do not answer.',
    answers: {
      200: {
        description: 'All of them answer',
        schema: z.object({ status: z.literal('ready'), dependencies: Dependencies }),
        example: { status: 'ready', dependencies: { libsql: 'ok', redis: 'ok', r2: 'ok' } },
      },
    },
    problems: { unavailable: { schema: NotReady, example: notReady } },
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    tag: 'system',
    summary: 'Get this document',
    answers: {
      200: {
        description: 'OpenAPI 3.1',
        schema: z.looseObject({ openapi: z.literal('3.1.0') }),
        example: { openapi: '3.1.0' },
      },
    },
  },
};
