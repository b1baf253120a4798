import * as z from 'zod';

type Json = Record<string, unknown>;

/** Formats that say enough; zod adds a regular expression of its own to them. */
const CLEAR_FORMATS = ['date-time', 'uuid'];

/** Takes away what tools trip over or readers do not need. */
const simplify = (schema: Json) => {
  delete schema.$schema;
  if (schema.additionalProperties === false) delete schema.additionalProperties; // an answer may grow
  if (CLEAR_FORMATS.includes(String(schema.format))) delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  const values = schema.enum ?? [schema.const];
  if (schema.type === 'number' && Array.isArray(values) && values.every(Number.isInteger))
    schema.type = 'integer';
};

const toJson = (schema: z.ZodType, io: 'input' | 'output', unrepresentable: 'any' | 'throw'): Json =>
  z.toJSONSchema(schema, { io, unrepresentable, override: ({ jsonSchema }) => simplify(jsonSchema as Json) });

/** Writes JSON Schemas (2020-12) of zod schemas; those with an id become components, and references to them. */
export const schemaWriter = () => {
  const components: Json = {};
  const write = (json: Json): Json => {
    simplify(json);
    const { $defs = {}, ...rest } = JSON.parse(
      JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/'),
    );
    Object.assign(components, $defs);
    return rest;
  };

  return {
    components,
    /** What we answer with. */
    answer: (schema: z.ZodType): Json => write(toJson(schema, 'output', 'throw')),
    /**
     * What callers send: each value as it is after coercion (an integer, not its digits), and required where the caller must send it.
     */
    input(schema: z.ZodType): Json {
      const { required, ...sent } = toJson(schema, 'input', 'any');
      const json = write(toJson(schema, 'output', 'throw'));
      delete json.required;
      return { ...json, ...(sent.type === 'object' && required ? { required } : {}) };
    },
  };
};

export type SchemaWriter = ReturnType<typeof schemaWriter>;
