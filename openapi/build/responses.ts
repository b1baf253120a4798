import type { Code } from '../../src/errors.ts';
import { STATUS } from '../../src/middleware/problems.ts';
import { RATE_HEADERS } from '../../src/middleware/throttle.ts';
import type { Answer, Operation } from '../operation.ts';
import { exampleOf, MEANINGS, Problem } from '../problems.ts';
import type { SchemaWriter } from './schemas.ts';

const HEADERS: Partial<Record<Code, readonly string[]>> = {
  unauthenticated: ['WWW-Authenticate'],
  wrong_credentials: ['WWW-Authenticate'],
  unsupported_type: ['Accept', 'Accept-Encoding', 'Accept-Post'],
  range_not_satisfiable: ['Content-Range'],
  throttled: ['Retry-After', ...RATE_HEADERS],
  unavailable: ['Retry-After'],
};

const headers = (names: Iterable<string>) => {
  const entries = Array.from(new Set(names), (name) => [name, { schema: { type: 'string' } }]);
  return entries.length > 0 ? { headers: Object.fromEntries(entries) } : {};
};

const plainText = (example: string) => ({ 'text/plain': { schema: { type: 'string' }, example } });

const binary = { schema: { type: 'string', format: 'binary' } };

/** A successful response. */
export const describeAnswer = (answer: Answer, added: readonly string[], write: SchemaWriter) => {
  const { description, schema, example, text } = answer;
  const content = {
    ...(schema && { 'application/json': { schema: write.answer(schema), example } }),
    ...(text !== undefined && plainText(text)),
    ...Object.fromEntries(answer.binary?.map((type) => [type, binary]) ?? []),
  };
  return {
    description,
    ...headers([...(answer.headers ?? []), ...added]),
    ...(Object.keys(content).length > 0 && { content }),
  };
};

const pascalCase = (text: string) => text.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());

/** The problems of routes, each written once as a component. */
export const problemWriter = (write: SchemaWriter) => {
  const components: Record<string, object> = {};

  const describeProblems = (codes: Code[], plain: boolean, own: Operation['problems']) => {
    const special = codes.map((code) => own?.[code]).find((one) => one);
    const examples = codes.map((code) => [code, { value: exampleOf(code) }]);
    const [first] = codes;
    return {
      description: codes.map((code) => `${MEANINGS[code]} (\`${code}\`)`).join('; '),
      ...headers(codes.flatMap((code) => HEADERS[code] ?? [])),
      content: {
        'application/problem+json': {
          schema: write.answer(special?.schema ?? Problem),
          ...(examples.length > 1
            ? { examples: Object.fromEntries(examples) }
            : { example: special?.example ?? exampleOf(first as Code) }),
        },
        ...(plain && plainText(exampleOf(first as Code).detail)),
      },
    };
  };

  return {
    components,
    /** Responses by status, as references. */
    describe(codes: Iterable<Code>, plain: boolean, own: Operation['problems']) {
      const byStatus = Map.groupBy(new Set(codes), (code) => STATUS[code]);
      return Array.from(byStatus, ([status, ofStatus]) => {
        const isOwn = ofStatus.some((code) => own?.[code]);
        const response = describeProblems(ofStatus, plain, own);
        if (isOwn) return [status, response] as const;
        const name = [...ofStatus.map(pascalCase), plain ? 'Plain' : ''].join('');
        components[name] = response;
        return [status, { $ref: `#/components/responses/${name}` }] as const;
      });
    },
  };
};

export type ProblemWriter = ReturnType<typeof problemWriter>;
