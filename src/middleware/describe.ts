import { describeRoute, resolver } from 'hono-openapi';
import type * as z from 'zod';
import type { Code } from '../errors.ts';
import { Problem, STATUS } from './problems.ts';

export type Answer = { description: string; schema?: z.ZodType; media?: string[]; headers?: string[] };

type Operation = {
  tag: string;
  summary: string;
  description?: string;
  /** By status: what the route answers when it does what it is for. */
  answers: Record<number, Answer>;
  /** Every refusal that the route may meet; `unavailable` may come from any. */
  refusals?: readonly Code[];
  /** `optional`: a token serves, and so does something else. */
  token?: 'required' | 'optional';
  /** Refusals are plain text unless JSON is accepted. */
  plain?: boolean;
  /** What a problem looks like that says more than others do. */
  problem?: z.ZodType;
  /** For a body that no schema of ours validates. */
  requestBody?: object;
};

export const binary = { type: 'string', format: 'binary' } as const;
const text = { type: 'string' } as const;

const answer = ({ description, schema, media, headers }: Answer) => ({
  description,
  ...((schema || media) && {
    content: {
      ...(schema && { 'application/json': { schema: resolver(schema) } }),
      ...Object.fromEntries(
        media?.map((type) => [type, { schema: type.startsWith('text/') ? text : binary }]) ?? [],
      ),
    },
  }),
  ...(headers && {
    headers: Object.fromEntries(headers.map((name) => [name, { schema: { type: 'string' as const } }])),
  }),
});

/** The body of a route that takes a file as a part of a form; `further` says what else the form may have, `media` what else the body may be. */
export const describeForm = (part: string, further: object = {}, media: object = {}) => ({
  required: true,
  content: {
    'multipart/form-data': {
      schema: { type: 'object', required: [part], properties: { [part]: binary, ...further } },
    },
    ...media,
  },
});

/** Says in OpenAPI what a route is for and what it answers; the validators beside it say what it takes. */
export const describe = ({
  tag,
  summary,
  description,
  answers,
  refusals = [],
  token,
  plain,
  problem = Problem,
  requestBody,
}: Operation) => {
  const byStatus = Map.groupBy<number, Code>([...refusals, 'unavailable'], (code) => STATUS[code]);
  const problems = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.join(', '),
      content: {
        'application/problem+json': { schema: resolver(problem) },
        ...(plain && { 'text/plain': { schema: text } }),
      },
    },
  ]);
  const wanted = Object.entries(answers).map(([status, one]) => [status, answer(one)]);
  return describeRoute({
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(requestBody && { requestBody: requestBody as never }),
    ...(token && { security: [{ bearer: [] }, ...(token === 'optional' ? [{}] : [])] }),
    responses: Object.fromEntries([...wanted, ...problems]),
  });
};

/** What `sendObject` answers, in words of `describe`. */
export const describeDownload = ({ headers = [], ...whole }: Answer): Record<number, Answer> => {
  const kept = ['ETag', 'Last-Modified'];
  const all = [...kept, 'Accept-Ranges', 'Content-Length', 'Repr-Digest', ...headers];
  return {
    200: { ...whole, headers: all },
    206: { ...whole, description: 'The part that `Range` asks for', headers: [...all, 'Content-Range'] },
    304: { description: 'The caller has it, by `If-None-Match` or `If-Modified-Since`', headers: kept },
  };
};

/** What `sendObject` refuses. */
export const DOWNLOAD_REFUSALS = ['precondition_failed', 'range_not_satisfiable'] as const;
