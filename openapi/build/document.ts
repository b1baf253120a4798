import { app } from '../../src/app.ts';
import { descriptionOf } from '../../src/middleware/describe.ts';
import { canonicalName } from '../../src/routes/aliases.ts';
import { operations, TAGS } from '../index.ts';
import type { Operation } from '../operation.ts';
import { problemWriter } from './responses.ts';
import { describeRoute } from './route.ts';
import { schemaWriter } from './schemas.ts';

const INFO = {
  title: 'Darkroom',
  version: '0.1.0',
  description:
    'The backend of a photo-sharing application. Errors are `application/problem+json` (RFC 9457).',
  license: { name: 'MIT', identifier: 'MIT' },
};

const BEARER = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };

/** `POST /photos/:id/caption` as `postPhotosByIdCaption`. */
const nameOfPath = (name: string) => {
  const [method = '', path = ''] = name.split(' ');
  const words = path.replaceAll(':', 'by-').replace(/[/_-]+(\w)/g, (_, letter) => letter.toUpperCase());
  return method.toLowerCase() + words;
};

/** What an operation is called. One for old clients says what to use instead. */
const nameOperation = (operation: Operation, name: string, canonical: string) => {
  const { id, tag, summary, description, deprecated } = operation;
  const words = { tags: [tag], summary, ...(description && { description }) };
  if (name === canonical && !deprecated) return { operationId: id, ...words };
  const hint = name === canonical ? undefined : `For existing clients: the same as \`${canonical}\`.`;
  const text = [hint, description].filter(Boolean).join('\n\n');
  return { operationId: nameOfPath(name), ...words, description: text, deprecated: true };
};

/**
 * The OpenAPI 3.1 document of the app: every route, from what its middleware tells about itself, the schemas that validate, and the
 * words in `openapi/`. @throws Error for a route without words, and for words without a route
 */
export const describeApi = () => {
  const write = schemaWriter();
  const problems = problemWriter(write);
  const paths: Record<string, Record<string, object>> = {};
  const unused = new Set(Object.keys(operations));
  const routes = app.routes.filter(({ method }) => method !== 'ALL');
  for (const [name, chain] of Map.groupBy(routes, ({ method, path }) => `${method} ${path}`)) {
    const [{ method, path }] = chain as [(typeof routes)[number]];
    const canonical = canonicalName(method, path);
    const operation = operations[canonical];
    if (!operation) throw new Error(`openapi/ does not describe ${canonical}.`);
    unused.delete(canonical);
    const parts = chain.map(({ handler }) => descriptionOf(handler));
    const template = path.replace(/:(\w+)/g, '{$1}');
    paths[template] ??= {};
    paths[template][method.toLowerCase()] = {
      ...nameOperation(operation, name, canonical),
      ...describeRoute(method, operation, parts, write, problems),
    };
  }
  if (unused.size > 0) throw new Error(`openapi/ describes what is not a route: ${[...unused].join(', ')}.`);
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/' }],
    tags: TAGS,
    paths,
    components: {
      securitySchemes: { bearer: BEARER },
      responses: problems.components,
      schemas: write.components,
    },
  };
};
