import * as z from 'zod';
import type { Operations } from './operation.ts';

const Share = (unit: string) =>
  z.object({
    used: z.int().nonnegative(),
    allowed: z.int().positive().nullable().describe(`The most ${unit}; null if there is no limit`),
  });

const UsageView = z
  .object({ bytes: Share('bytes'), photos: Share('photos'), files: Share('files') })
  .meta({ id: 'Usage' });

export type UsageView = z.output<typeof UsageView>;

export const usage: Operations = {
  'GET /me/usage': {
    id: 'getUsage',
    tag: 'accounts',
    summary: 'Get what I store, and what I may store',
    description: 'Photos and files of the exchange count with the bytes of their originals.',
    answers: {
      200: {
        description: 'What the account uses',
        schema: UsageView,
        example: {
          bytes: { used: 185_000, allowed: 5_368_709_120 },
          photos: { used: 1, allowed: null },
          files: { used: 0, allowed: null },
        },
      },
    },
  },
};
