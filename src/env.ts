import * as z from 'zod';
import { ApiError } from './errors.ts';

const MEBIBYTE = 1024 * 1024;

const count = (standard: number) => z.coerce.number().int().positive().default(standard);

const milliseconds = (standard: number) => z.coerce.number().int().min(1).max(600_000).default(standard);

const JwtSecret = z
  .string({ error: 'is missing' })
  .refine((text) => new TextEncoder().encode(text).length >= 32, 'is shorter than 32 bytes');

/** Every setting, with its default. README.md, "Configuration", has the same in words. */
export const Settings = z.object({
  JWT_SECRET: JwtSecret,
  LIBSQL_URL: z
    .string({ error: 'is missing' })
    .regex(/^(libsql|https?):\/\//, 'is not a libsql:, https: or http: URL'),
  LIBSQL_AUTH_TOKEN: z.string().optional(),
  UPSTASH_REDIS_REST_URL: z
    .string({ error: 'is missing' })
    .regex(/^https?:\/\//, 'is not an https: or http: URL'),
  UPSTASH_REDIS_REST_TOKEN: z.string({ error: 'is missing' }).min(1, 'is empty'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter(Boolean)),
  PUBLIC_ORIGIN: z
    .string()
    .regex(/^https?:\/\/[^/?#]+$/, 'must be an origin, such as https://api.example')
    .optional(),
  SERVER_TIMING: z.enum(['on', 'off'], { error: 'must be on or off' }).default('off'),
  TOKEN_ISSUER: z.string().min(1).default('darkroom'),
  PASSWORD_MIN_LENGTH: count(8),
  PASSWORD_RULES: z.enum(['all', 'length'], { error: 'must be all or length' }).default('all'),
  PASSWORD_MEMORY_KIB: z.coerce.number().int().min(32).max(65_536).default(19_456),
  PASSWORD_PASSES: z.coerce.number().int().min(1).max(10).default(2),
  PHOTO_MAX_BYTES: count(16 * MEBIBYTE),
  PHOTO_MAX_MEGAPIXELS: count(100),
  FILE_MAX_BYTES: count(95 * MEBIBYTE),
  IMPORT_MAX_BYTES: count(32 * MEBIBYTE),
  UPLOADS_PER_MINUTE: count(60),
  FILE_REQUESTS_PER_MINUTE: count(5),
  FILES_PER_MINUTE: count(60),
  STORAGE_PER_ACCOUNT: count(5 * 1024 * MEBIBYTE),
  GUESS_WINDOW_MINUTES: count(15),
  GUESSES_PER_ACCOUNT_AND_ADDRESS: count(10),
  GUESSES_PER_ADDRESS: count(100),
  GUESSES_PER_ACCOUNT: count(1_000),
  REQUEST_BUDGET_MS: milliseconds(1_500),
  REDIS_TIMEOUT_MS: milliseconds(500),
  R2_TIMEOUT_MS: milliseconds(10_000),
  IMAGES_TIMEOUT_MS: milliseconds(20_000),
  EDGE_TIMEOUT_MS: milliseconds(1_000),
  BODY_STALL_MS: milliseconds(60_000),
  BODY_DRAIN_MS: milliseconds(10_000),
  PART_BUFFER_WAIT_MS: milliseconds(30_000),
  PASSWORD_QUEUE_MS: milliseconds(5_000),
});

export type Settings = z.output<typeof Settings>;

const checked = new WeakMap<object, Settings>();

const HINTS: Record<string, string> = {
  JWT_SECRET:
    ' Make one with: openssl rand -base64 48 | npx wrangler secret put JWT_SECRET (locally: put it into .dev.vars).',
};

/**
 * The settings of this Worker, checked once for each isolate.
 * @throws ApiError `unavailable` with a sentence that names what is wrong, and never a value
 */
export const readSettings = (env: Env): Settings => {
  const known = checked.get(env);
  if (known) return known;
  const parsed = Settings.safeParse(env);
  if (!parsed.success) {
    const sentences = parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${name} ${message}.${HINTS[name] ?? ''}`;
    });
    throw new ApiError('unavailable', `This Worker is not configured. ${sentences.join(' ')}`, {
      retryAfter: 60,
    });
  }
  checked.set(env, parsed.data);
  return parsed.data;
};
