import type * as z from 'zod';
import type { Code } from '../src/errors.ts';

/** A successful response. */
export type Answer = {
  description: string;
  schema?: z.ZodType;
  /** Of the JSON; without one, the schema's own example. */
  example?: unknown;
  /** The plain text that callers get who do not accept JSON: an example. */
  text?: string;
  /** The media types of a binary body. */
  binary?: readonly string[];
  headers?: readonly string[];
};

/** A form with one file, for routes that read their body as it arrives. */
export type FileForm = {
  /** The name of the part. */
  part: string;
  description: string;
  /** The other fields, all optional. */
  fields?: Record<string, { type: 'string'; maxLength?: number; description: string; example: string }>;
};

/** What only words can say about a route; its middleware says the rest. */
export type Operation = {
  /** The name that generators give to its function. A deprecated one is named after its path. */
  id?: string;
  tag: string;
  summary: string;
  description?: string;
  /** It exists for old clients only. */
  deprecated?: true;
  /** By status. */
  answers: Record<number, Answer>;
  /** The errors that its own handler answers with; those of its middleware are known. */
  errors?: readonly Code[];
  /** What problems look like that say more than others do. */
  problems?: Partial<Record<Code, { schema: z.ZodType; example: unknown }>>;
  /** What its parameters mean, where the name does not say it. */
  parameters?: Record<string, string>;
  /** An example of the body that its middleware validates. */
  body?: unknown;
  form?: FileForm;
};

/** By the name of the route: `GET /photos/:id`. */
export type Operations = Record<string, Operation>;
