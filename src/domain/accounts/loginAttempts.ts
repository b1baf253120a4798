import { ApiError } from '../../errors.ts';
import type { Rule } from '../../storage/limiter.ts';
import type { Using } from '../../storage/tools.ts';
import { foldIdentifier } from '../text.ts';
import type { Realm } from './tokens.ts';

/** Whose password is guessed, and from where. `address` is already cut to what one party holds (IPv6: its /64). */
export type LoginAttempt = { realm: Realm; identifier: string; address: string };

const rulesFor = (
  { settings }: Using<'settings'>,
  { realm, identifier, address }: LoginAttempt,
): [Rule, string][] => {
  const account = `${realm}:${foldIdentifier(identifier)}`;
  const window = settings.GUESS_WINDOW_MINUTES * 60;
  return [
    [
      { name: 'guesses-pair', limit: settings.GUESSES_PER_ACCOUNT_AND_ADDRESS, window },
      `${account}|${address}`,
    ],
    [{ name: 'guesses-address', limit: settings.GUESSES_PER_ADDRESS, window }, address],
    [{ name: 'guesses-account', limit: settings.GUESSES_PER_ACCOUNT, window }, account],
  ];
};

const count = async (tools: Using<'settings' | 'limiter' | 'now'>, attempt: LoginAttempt) => {
  const rules = rulesFor(tools, attempt);
  const taken = await Promise.all(rules.map(([rule, id]) => tools.limiter.consume(rule, id)));
  const refund = () => Promise.all(taken.map(({ refund }) => refund()));
  const refused = taken.map((one, i) => ({ ...one, rule: rules[i]?.[0] })).filter(({ allowed }) => !allowed);
  const [longest] = refused.sort((a, b) => b.reset - a.reset);
  if (!longest) return refund;
  await refund();
  throw new ApiError('throttled', 'Too many attempts to log in. Try again later.', {
    retryAfter: Math.floor(Math.max(0, longest.reset - tools.now()) / 1000) + 1,
    ...(longest.rule && { limit: longest.rule }),
  });
};

/**
 * Counts a attempt before it is looked at, and answers what gives it back. A attempt that is refused counts nowhere, so that nobody locks an
 * account for everybody from one address; not by hanging up either, since the counting outlives the request. @throws ApiError `throttled`
 */
export const countLoginAttempt = (
  tools: Using<'settings' | 'limiter' | 'now' | 'background'>,
  attempt: LoginAttempt,
) => {
  const counted = count(tools, attempt);
  tools.background(counted.catch(() => {}));
  return counted;
};
