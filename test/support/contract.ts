import { type Schema, Validator } from '@cfworker/json-schema';
import { expect } from 'vitest';

type Content = Record<
  string,
  { schema: Schema; example?: unknown; examples?: Record<string, { value: unknown }> }
>;
type Response = { content?: Content };
type Operation = {
  operationId: string;
  tags: string[];
  deprecated?: boolean;
  security: object[];
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, Response | { $ref: string }>;
};
export type Description = {
  openapi: string;
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
};

/** Forbids properties that a schema does not name: an object that lists its properties lists all of them. */
const strict = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  return 'properties' in inner ? { additionalProperties: false, ...inner } : inner;
};

/** Validates against a schema of a description; an unknown field is an error. */
export const validatorFor = (description: Description, schema: Schema) => {
  const whole = { ...schema, $defs: description.components.schemas };
  const text = JSON.stringify(strict(whole)).replaceAll('#/components/schemas/', '#/$defs/');
  return new Validator(JSON.parse(text), '2020-12', false);
};

const matches = (template: string, path: string) =>
  new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path);

/** The template of a path in the document. One without parameters comes before those with. */
export const templateOf = (description: Description, path: string) =>
  Object.keys(description.paths)
    .sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
    .find((template) => matches(template, path));

/** The response that the document has for a status. */
export const responseOf = ({ components }: Description, { responses }: Operation, status: number) => {
  const response = responses[String(status)];
  return response && '$ref' in response
    ? components.responses[response.$ref.replace('#/components/responses/', '')]
    : response;
};

/** Checks an answer against the OpenAPI document: its status, its media type, and every field of its body. */
export const expectDescribed = (
  description: Description,
  method: string,
  path: string,
  answer: { status: number; type: string; text: string },
) => {
  const what = `${method} ${path} answered ${answer.status} ${answer.type} ${answer.text.slice(0, 500)}`;
  expect(answer.status, what).not.toBe(500);
  if (method === 'OPTIONS') return;
  const template = templateOf(description, path);
  const operation =
    template && description.paths[template]?.[(method === 'HEAD' ? 'GET' : method).toLowerCase()];
  if (!operation) {
    expect([404, 405], what).toContain(answer.status);
    expect(['application/problem+json', 'text/plain'], what).toContain(answer.type);
    return;
  }
  const described = responseOf(description, operation, answer.status);
  if (method === 'HEAD' && answer.status === 405) return;
  expect(described, `not described: ${what}`).toBeDefined();
  if (!answer.text) return;
  const content = described?.content?.[answer.type];
  expect(content, `media type not described: ${what}`).toBeDefined();
  if (!content || !answer.type.endsWith('json')) return;
  const { valid, errors } = validatorFor(description, content.schema).validate(JSON.parse(answer.text));
  expect(valid, `${what}: ${JSON.stringify(errors.slice(-3))}`).toBe(true);
};
