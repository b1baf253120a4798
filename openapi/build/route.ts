import type { Code } from '../../src/errors.ts';
import type { Description } from '../../src/middleware/describe.ts';
import type { FileForm, Operation } from '../operation.ts';
import { describeAnswer, type ProblemWriter } from './responses.ts';
import type { SchemaWriter } from './schemas.ts';

type Schema = { description?: string; required?: string[]; properties?: Record<string, Schema> };

/** What parameters of many routes mean. */
const PARAMETERS: Record<string, string> = {
  cursor: 'Where the page starts: the `next_cursor` of the previous page, or from its `Link`',
  limit: 'The size of the page',
  order: 'Ascending or descending',
};

const FORMS =
  'JSON. A form (`application/x-www-form-urlencoded` or `multipart/form-data`) with the same fields is accepted too.';

const describeParameters = (
  place: 'path' | 'query',
  schema: Schema | undefined,
  meanings: Record<string, string> = {},
) =>
  Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const meaning = meanings[name] ?? (place === 'query' ? PARAMETERS[name] : undefined);
    return {
      name,
      in: place,
      required: place === 'path' || (schema?.required?.includes(name) ?? false),
      ...(meaning && { description: meaning }),
      schema: property,
    };
  });

const describeForm = ({ part, description, fields = {} }: FileForm) => {
  const file = { type: 'string', format: 'binary', description };
  const schemas = Object.entries(fields).map(([name, { example: _, ...field }]) => [name, field]);
  const examples = Object.entries(fields).map(([name, { example }]) => [name, example]);
  return {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          required: [part],
          properties: { ...Object.fromEntries(schemas), [part]: file },
        },
        example: { ...Object.fromEntries(examples), [part]: '(the bytes of the file)' },
      },
    },
  };
};

const describeBody = (
  method: string,
  { body, form }: Operation,
  parts: Description[],
  write: SchemaWriter,
) => {
  if (method === 'GET') return {}; // a body of GET has no meaning (RFC 9110 §9.3.1)
  if (form) return { requestBody: describeForm(form) };
  const validator = parts.find((part) => part.body);
  if (!validator?.body) return {};
  const content = { 'application/json': { schema: write.input(validator.body), example: body } };
  return validator.bodyOptional
    ? { requestBody: { required: false, content } }
    : { requestBody: { required: true, description: FORMS, content } };
};

const describeSecurity = (parts: Description[]) => {
  const tokens = parts.map(({ token }) => token);
  if (tokens.includes('optional')) return [{ bearer: [] }, {}];
  return tokens.includes('required') ? [{ bearer: [] }] : [];
};

/** The OpenAPI operation of a route: the words for it, and what its middleware tells about itself. */
export const describeRoute = (
  method: string,
  operation: Operation,
  parts: Description[],
  write: SchemaWriter,
  problems: ProblemWriter,
) => {
  const params = parts.find((part) => part.params)?.params;
  const query = parts.find((part) => part.query)?.query;
  const parameters = [
    ...describeParameters('path', params && (write.input(params) as Schema), operation.parameters),
    ...describeParameters('query', query && (write.input(query) as Schema), operation.parameters),
  ];
  const headers = parts.flatMap((part) => part.headers ?? []);
  const answers = Object.entries(operation.answers).map(
    ([status, answer]) => [status, describeAnswer(answer, headers, write)] as const,
  );
  const codes: Code[] = [
    ...parts.flatMap((part) => part.errors ?? []),
    ...(operation.errors ?? []),
    'unavailable',
  ];
  const plain = parts.some((part) => part.plainErrors);
  return {
    security: describeSecurity(parts),
    ...(parameters.length > 0 && { parameters }),
    ...describeBody(method, operation, parts, write),
    responses: Object.fromEntries([...answers, ...problems.describe(codes, plain, operation.problems)]),
  };
};
