import type { Using } from '../../env.ts';
import { Refusal } from '../../errors.ts';
import type { Rule } from '../../storage/limiter.ts';
import { foldIdentifier } from './identifiers.ts';
import type { Realm } from './tokens.ts';

/** Whose password is guessed, and from where. `address` is already cut to what one party holds (IPv6: its /64). */
export type Guess = { realm: Realm; identifier: string; address: string };

const rulesFor = (
  { settings }: Using<'settings'>,
  { realm, identifier, address }: Guess,
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

const count = async (tools: Using<'settings' | 'limiter' | 'now'>, guess: Guess) => {
  const rules = rulesFor(tools, guess);
  const taken = await Promise.all(rules.map(([rule, id]) => tools.limiter.take(rule, id)));
  const forgive = () => Promise.all(taken.map(({ giveBack }) => giveBack()));
  const refused = taken.map((one, i) => ({ ...one, rule: rules[i]?.[0] })).filter(({ allowed }) => !allowed);
  const [longest] = refused.sort((a, b) => b.reset - a.reset);
  if (!longest) return forgive;
  await forgive();
  throw new Refusal('throttled', 'Too many attempts to log in. Try again later.', {
    retryAfter: Math.floor(Math.max(0, longest.reset - tools.now()) / 1000) + 1,
    ...(longest.rule && { limit: longest.rule }),
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
