import type { Using } from '../env.ts';
import { Refusal } from '../refusal.ts';
import type { Rule, Taken } from '../storage/limiter.ts';
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

/**
 * Counts a guess before it is looked at. A guess that is refused counts nowhere, so that nobody locks an account for everybody from one
 * address. @throws Refusal `throttled`
 */
export const countGuess = async (tools: Using<'settings' | 'limiter' | 'now' | 'background'>, guess: Guess): Promise<void> => {
  const rules = rulesFor(tools, guess);
  const taken = await Promise.all(rules.map(([rule, id]) => tools.limiter.take(rule, id)));
  const refused = taken.filter((t: Taken) => !t.allowed);
  if (refused.length === 0) return;
  const back = rules.filter((_, i) => taken[i]?.allowed);
  tools.background(Promise.all(back.map(([rule, id]) => tools.limiter.giveBack(rule, id))));
  const reset = Math.max(...refused.map((t) => t.reset));
  throw new Refusal('throttled', 'Too many attempts to log in. Try again later.', {
    retryAfter: Math.floor(Math.max(0, reset - tools.now()) / 1000) + 1,
  });
};

/** Gives a guess back that was right. */
export const forgiveGuess = async (tools: Using<'settings' | 'limiter'>, guess: Guess): Promise<void> => {
  await Promise.all(rulesFor(tools, guess).map(([rule, id]) => tools.limiter.giveBack(rule, id)));
};
