import * as z from 'zod';
import { foldIdentifier, normaliseName } from '../domain/text.ts';
import { ApiError } from '../errors.ts';
import type { Call } from '../http/context.ts';

/** What several routes take in the same form. */

const CONTROL = /\p{Cc}/u;

/** Text of a line: well-formed, in NFC, trimmed, without control characters. */
export const text = (most: number) =>
  z
    .string()
    .refine((value) => value.isWellFormed(), 'is not well-formed Unicode')
    .transform(normaliseName)
    .pipe(
      z
        .string()
        .max(most)
        .refine((value) => !CONTROL.test(value), 'may not hold control characters'),
    );

/** Bidirectional controls and the like make one name look like another. The joiners have their place in some scripts, and in emoji. */
const UNSEEN = /(?![\u200C\u200D])\p{Cf}/u;

export const Username = text(254).pipe(
  z
    .string()
    .refine((value) => foldIdentifier(value).length > 0, 'has nothing that is seen')
    .refine((value) => !UNSEEN.test(value), 'may not hold invisible characters'),
);
export const Email = text(254).pipe(z.string().regex(/^[^\s@]+@[^\s@]+$/, 'is not an e-mail address'));

/** A form sends what was left empty as an empty text. */
export const OptionalEmail = z.preprocess((value) => (value === '' ? undefined : value), Email.nullish());
export const Name = text(254);
export const Password = z
  .string()
  .max(1024)
  .refine((value) => value.isWellFormed(), 'is not well-formed Unicode')
  .refine((value) => [...value].length <= 256, 'is longer than 256 characters');

/** @throws ApiError `invalid` for a new password that is shorter than the settings ask for */
export const expectLongEnough = (c: Call, password: string, field = 'password') => {
  const least = c.var.settings.PASSWORD_MIN_LENGTH;
  if ([...password].length >= least) return;
  const detail = `The password needs ${least} characters or more.`;
  throw new ApiError('invalid', detail, { errors: [{ field, detail }] });
};

export const Caption = z
  .string()
  .max(2_000)
  .refine((value) => value.isWellFormed(), 'is not well-formed Unicode');

/** Which page of a list, and in which order. */
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
