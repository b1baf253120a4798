import * as z from 'zod';
import { findPasswordFault } from '../domain/accounts/passwordRules.ts';
import { foldIdentifier, normaliseName } from '../domain/text.ts';
import type { Call } from '../http/context.ts';
import { invalidFields } from '../http/fields.ts';

/* Inputs that several routes share. */

const CONTROL = /\p{Cc}/u;

/** Bidirectional controls and the like make one name look like another. The joiners are needed in some scripts, and in emoji. */
const INVISIBLE = /(?![\u200C\u200D])\p{Cf}/u;

const unicode = () => z.string().refine((value) => value.isWellFormed(), 'must be valid Unicode');

const line = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((value) => !CONTROL.test(value), 'must not contain control characters');

/** Text that is trimmed and in NFC before the schema checks it. */
const tidy = (schema: z.ZodString) => unicode().transform(normaliseName).pipe(schema);

/** One line of text. */
export const text = (maxLength: number) => tidy(line(maxLength));

/** One line of text that is not empty. */
export const label = (maxLength: number) => tidy(line(maxLength).min(1, { abort: true }));

export const Username = tidy(
  line(254)
    .min(1, { abort: true })
    .refine((value) => foldIdentifier(value).length > 0, 'must contain at least one visible character')
    .refine((value) => !INVISIBLE.test(value), 'must not contain invisible characters'),
);

export const Email = tidy(
  line(254)
    .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address')
    .meta({ format: 'email' }),
);

/** Forms send an empty field as an empty string. */
export const OptionalEmail = z.preprocess((value) => (value === '' ? undefined : value), Email.nullish());

export const Name = text(254);

const PASSWORD_MAX_LENGTH = 256;

export const Password = unicode()
  .refine(
    (value) => [...value].length <= PASSWORD_MAX_LENGTH,
    `must be at most ${PASSWORD_MAX_LENGTH} characters`,
  )
  .meta({ maxLength: PASSWORD_MAX_LENGTH });

/**
 * Checks a new password against the rules.
 * @param names of the account, none of which may be its password
 * @throws ApiError `invalid`
 */
export const expectGoodPassword = (
  c: Call,
  password: string,
  names: (string | null | undefined)[],
  field = 'password',
): void => {
  const detail = findPasswordFault(c.var, password, names);
  if (detail) throw invalidFields([{ field, detail }]);
};

/** A boolean, which forms send as text. */
export const flag = () => z.union([z.boolean(), z.stringbool()], 'must be true or false').pipe(z.boolean());

export const Caption = unicode().max(2_000);

/** The page of a list, and its order. */
export const Paging = z.object({
  order: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['asc', 'desc']))
    .default('asc'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(4_096).optional(),
});

export const ById = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number)
    .pipe(z.int().positive()),
});

/** An empty filter, as forms and query strings send it, counts as absent. */
export const filled = <S extends z.ZodType>(schema: S) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
