import type { Call } from '../env.ts';

/** Whether the caller names a JSON type among what it accepts: a wildcard, or no `Accept` at all, does not. */
export const prefersJson = (c: Call): boolean =>
  /(?:^|[,\s])application\/(?:[\w.-]+\+)?json\b/i.test(c.req.header('Accept') ?? '');
