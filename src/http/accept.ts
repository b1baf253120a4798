import type { Call } from './context.ts';

/** Whether `Accept` names a JSON type. A wildcard, or no `Accept` at all, does not count. */
export const prefersJson = (c: Call): boolean =>
  /(?:^|[,\s])application\/(?:[\w.-]+\+)?json\b/i.test(c.req.header('Accept') ?? '');

/** Whether the caller accepts this media type (RFC 9110 §12.5.1). The most specific range decides; without `Accept`, all types are accepted. */
export const accepts = (c: Call, type: string): boolean => {
  const header = c.req.header('Accept')?.trim().toLowerCase();
  if (!header) return true;
  const weights = new Map(
    header.split(',').map((range) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
      return [name, Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1)];
    }),
  );
  const range = [type, type.replace(/\/.*/, '/*'), '*/*'].find((one) => weights.has(one));
  return range !== undefined && (weights.get(range) ?? 0) > 0;
};
