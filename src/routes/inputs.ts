import * as z from 'zod';
import { normaliseName } from '../domain/identifiers.ts';
import type { Call } from '../env.ts';
import { Refusal } from '../refusal.ts';

/** What several routes take in the same form. */

const CONTROL = /\p{Cc}/u;

const text = (most: number) =>
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

export const Username = text(254).pipe(z.string().min(1));
export const Email = text(254).pipe(z.string().regex(/^[^\s@]+@[^\s@]+$/, 'is not an e-mail address'));
export const Name = text(254);
export const Password = z
  .string()
  .max(1024)
  .refine((value) => value.isWellFormed(), 'is not well-formed Unicode')
  .refine((value) => [...value].length <= 256, 'is longer than 256 characters');

/** @throws Refusal `invalid` for a new password that is shorter than the settings ask for */
export const expectLongEnough = (c: Call, password: string, pointer = '#/password') => {
  const least = c.var.settings.PASSWORD_MIN_LENGTH;
  if ([...password].length >= least) return;
  const detail = `The password needs ${least} characters or more.`;
  throw new Refusal('invalid', detail, { errors: [{ pointer, detail }] });
};

export const ById = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number),
});
