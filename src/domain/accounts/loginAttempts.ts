import { ApiError } from '../../errors.ts';
import type { Rule } from '../../storage/limiter.ts';
import type { Using } from '../../storage/tools.ts';
import { foldIdentifier } from '../text.ts';
import type { Realm } from './tokens.ts';

/** `address` is the client's IP address, of IPv6 its /64. */
export type LoginAttempt = { realm: Realm; identifier: string; address: string };

const rulesFor = (
  { settings }: Using<'settings'>,
  { realm, identifier, address }: LoginAttempt,
): { rule: Rule; id: string }[] => {
  const account = `${realm}:${foldIdentifier(identifier)}`;
  const window = settings.GUESS_WINDOW_MINUTES * 60;
  const limits = {
    accountAndAddress: settings.GUESSES_PER_ACCOUNT_AND_ADDRESS,
    address: settings.GUESSES_PER_ADDRESS,
    account: settings.GUESSES_PER_ACCOUNT,
  };
  return [
    {
      rule: { name: 'login-account-and-address', limit: limits.accountAndAddress, window },
      id: `${account}|${address}`,
    },
    { rule: { name: 'login-address', limit: limits.address, window }, id: address },
    { rule: { name: 'login-account', limit: limits.account, window }, id: account },
  ];
};

const consume = async (tools: Using<'settings' | 'limiter' | 'now'>, attempt: LoginAttempt) => {
  const consumed = await Promise.all(
    rulesFor(tools, attempt).map(async ({ rule, id }) => ({
      rule,
      ...(await tools.limiter.consume(rule, id)),
    })),
  );
  const refund = () => Promise.all(consumed.map(({ refund }) => refund()));
  const refused = consumed.filter(({ allowed }) => !allowed);
  const [last] = refused.sort((a, b) => b.reset - a.reset);
  if (!last) return refund;
  await refund();
  throw new ApiError('throttled', 'Too many login attempts. Try again later.', {
    retryAfter: Math.floor(Math.max(0, last.reset - tools.now()) / 1000) + 1,
    limit: last.rule,
  });
};

/**
 * Counts a login attempt before its password is checked, and answers a function that refunds it. Attempts
 * beyond a limit are not counted, so nobody can lock an account for everyone from one address. The counting
 * outlives the request: closing the connection does not avoid it.
 * @throws ApiError `throttled`
 */
export const consumeLoginAttempt = (
  tools: Using<'settings' | 'limiter' | 'now' | 'background'>,
  attempt: LoginAttempt,
) => {
  const consuming = consume(tools, attempt);
  tools.background(consuming.catch(() => {}));
  return consuming;
};
