import { beforeAll, expect, it } from 'vitest';
import { type Description, responseOf, validatorFor } from '../support/contract.ts';
import { call, describeApi, ORIGIN } from '../support/worker.ts';

/* GET /openapi.json. That every answer is as described is held by `call`, in all tests of routes. */

let description: Description;
let operations: { name: string; operation: Description['paths'][string][string] }[];

beforeAll(async () => {
  description = await describeApi();
  operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
});

it('is OpenAPI 3.1, names the address of the API, and may be read by an allowed origin', async () => {
  const { status, headers, body } = await call('GET', '/openapi.json', {
    headers: { Origin: 'https://app.example' },
  });
  expect([status, body.openapi, body.servers]).toEqual([200, '3.1.0', [{ url: ORIGIN }]]);
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(headers.get('Access-Control-Allow-Origin')).toBe('https://app.example');
  const head = await call('HEAD', '/openapi.json');
  expect([head.status, head.text]).toEqual([200, '']);
});

it('has every documented path', () => {
  const documented = [
    '/register',
    '/upload-photo',
    '/all-photos',
    '/photos/{id}/publish',
    '/token/refresh',
    '/api/logout/refresh',
  ];
  expect(Object.keys(description.paths)).toEqual(expect.arrayContaining(documented));
});

it('gives each operation a unique name, and deprecates those for old clients', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z][a-zA-Z]+$/);
  const current = operations.filter(({ operation }) => !operation.deprecated).map(({ name }) => name);
  expect(current).toEqual(
    expect.arrayContaining(['POST /login', 'POST /logout', 'POST /photos/{id}/publish']),
  );
  for (const old of [
    'POST /auth',
    'GET /logout',
    'POST /registration',
    'POST /update_movies',
    'GET /all-photos',
  ])
    expect(current).not.toContain(old);
  const named = Object.fromEntries(operations.map(({ name, operation }) => [name, operation.operationId]));
  expect(named).toMatchObject({
    'POST /login': 'logIn',
    'POST /photos/{id}/publish': 'publishPhoto',
    'POST /post-photo/{id}': 'postPostPhotoById',
  });
});

it('says for each operation whether it needs a token, and gives it a declared tag', () => {
  const tags = description.tags.map(({ name }) => name);
  const guesses: string[] = [];
  for (const { name, operation } of operations) {
    expect(tags, name).toEqual(expect.arrayContaining(operation.tags));
    expect(operation.security, name).toBeInstanceOf(Array);
    const refuses = responseOf(description, operation, 401) !== undefined;
    if (operation.security.length === 0 && refuses) guesses.push(operation.operationId);
    if (operation.security.length > 0) expect(refuses, name).toBe(true);
  }
  expect(guesses).toEqual(['logIn', 'postAuth', 'postApiLogin']); // a wrong password is 401
});

it('describes the body of a registration by the schema that validates it', () => {
  const content = description.paths['/register']?.post?.requestBody?.content ?? {};
  expect(Object.keys(content)).toEqual(['application/json']);
  const schema = content['application/json']?.schema;
  expect(schema?.required).toEqual(['username', 'password']);
  expect(schema?.properties).toMatchObject({
    username: { type: 'string', minLength: 1, maxLength: 254 },
    password: { type: 'string', maxLength: 256 },
  });
  const byEmail = description.paths['/api/register']?.post?.requestBody?.content['application/json']?.schema;
  expect(byEmail?.properties?.email).toMatchObject({ type: 'string', format: 'email' });
});

it('has integer ids, enums, and one binary file for an upload', () => {
  for (const { name, operation } of operations)
    for (const { name: parameter, schema } of operation.parameters ?? [])
      if (parameter === 'id' && !name.startsWith('DELETE /sessions'))
        expect(schema, name).toMatchObject({ type: 'integer', exclusiveMinimum: 0 });
  const order = description.paths['/photos']?.get?.parameters?.find(({ name }) => name === 'order');
  expect(order?.schema).toEqual({ type: 'string', enum: ['asc', 'desc'], default: 'asc' });
  expect(description.components.schemas.Problem?.properties?.code).toMatchObject({
    enum: expect.arrayContaining(['not_found', 'internal']),
  });
  const upload = description.paths['/photos']?.post?.requestBody?.content ?? {};
  expect(Object.keys(upload)).toEqual(['multipart/form-data']);
  expect(upload['multipart/form-data']?.schema.properties?.file).toMatchObject({ format: 'binary' });
});

it('has a valid example for each body and each answer', () => {
  const contents = operations.flatMap(({ name, operation }) => [
    { what: `the body of ${name}`, content: operation.requestBody?.content ?? {} },
    ...Object.keys(operation.responses).map((status) => ({
      what: `${status} of ${name}`,
      content: responseOf(description, operation, Number(status))?.content ?? {},
    })),
  ]);
  const isBinary = (type: string) => type.startsWith('image/') || type === 'application/octet-stream';
  let count = 0;
  for (const { what, content } of contents)
    for (const [type, { schema, example, examples }] of Object.entries(content)) {
      if (isBinary(type)) continue;
      const values = examples ? Object.values(examples).map(({ value }) => value) : [example];
      for (const value of values) {
        expect(value, `${what} has no example`).toBeDefined();
        const { valid, errors } = validatorFor(description, schema).validate(value);
        expect(valid, `${what}: ${JSON.stringify(errors.slice(-3))}`).toBe(true);
        count++;
      }
    }
  expect(count).toBeGreaterThan(300);
});
