import type { Using } from '../env.ts';
import { Refusal } from '../refusal.ts';
import type { Rule } from '../storage/limiter.ts';
import { foldIdentifier } from './identifiers.ts';
import type { Realm } from './tokens.ts';

/** Whose password is guessed, and from where. `address` is already cut to what one party holds (IPv6: its /64). */
export type Guess = { realm: Realm; identifier: string; address: string };

const rulesFor = ({ settings }: Using<'settings'>, { realm, identifier, address }: Guess): [Rule, string][] => {
  const account = `${realm}:${foldIdentifier(identifier)}`;
  const window = settings.GUESS_WINDOW_MINUTES * 60;
  return [
    [{ name: 'guesses-pair', limit: settings.GUESSES_PER_ACCOUNT_AND_ADDRESS, window }, `${account}|${address}`],
    [{ name: 'guesses-address', limit: settings.GUESSES_PER_ADDRESS, window }, address],
    [{ name: 'guesses-account', limit: settings.GUESSES_PER_ACCOUNT, window }, account],
  ];
};

const count = async (tools: Using<'settings' | 'limiter' | 'now'>, guess: Guess) => {
  const taken = await Promise.all(rulesFor(tools, guess).map(([rule, id]) => tools.limiter.take(rule, id)));
  const forgive = () => Promise.all(taken.map(({ giveBack }) => giveBack()));
  const refused = taken.filter(({ allowed }) => !allowed);
  if (refused.length === 0) return forgive;
  await forgive();
  const reset = Math.max(...refused.map((one) => one.reset));
  throw new Refusal('throttled', 'Too many attempts to log in. Try again later.', {
    retryAfter: Math.floor(Math.max(0, reset - tools.now()) / 1000) + 1,
  });
};

/**
 * Counts a guess before it is looked at, and answers what gives it back. A guess that is refused counts nowhere, so that nobody locks an
 * account for everybody from one address; not by hanging up either, since the counting outlives the request. @throws Refusal `throttled`
 */
export const countGuess = (tools: Using<'settings' | 'limiter' | 'now' | 'background'>, guess: Guess) => {
  const counted = count(tools, guess);
  tools.background(counted.catch(() => {}));
  return counted;
};
