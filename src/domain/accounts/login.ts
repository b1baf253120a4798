import { and, eq } from 'drizzle-orm';
import type { Using } from '../../env.ts';
import { Refusal } from '../../errors.ts';
import { accounts } from '../../storage/schema.ts';
import { type Account, findByIdentifier } from './accounts.ts';
import { countGuess, type Guess } from './loginAttempts.ts';
import { hashPassword, isOutdated, verifyPassword } from './passwords.ts';
import { insertSession, newSession, type Session } from './sessions.ts';

/**
 * Begins a session for whoever knows the password. Unknown, wrong and deactivated are answered alike, after the same work.
 * @throws Refusal `wrong_credentials`, `throttled`, `unavailable`
 */
export const logIn = async (
  tools: Using<'db' | 'settings' | 'limiter' | 'now' | 'background'>,
  guess: Guess,
  password: string,
  userAgent: string | undefined,
): Promise<{ account: Account; session: Session }> => {
  const { db } = tools;
  const wrong = () => new Refusal('wrong_credentials', 'The username or the password is wrong.');
  const counted = countGuess(tools, guess);
  const look = async () => {
    const [found] = await Promise.all([findByIdentifier(tools, guess.realm, guess.identifier), counted]);
    return { found, right: await verifyPassword(tools, found?.passwordHash, password) };
  };
  const { found, right } = await look().catch((error) => {
    // what could not be checked was no guess
    tools.background(
      counted.then(
        (forgive) => forgive(),
        () => {},
      ),
    );
    throw error;
  });
  if (!found || !right || found.deactivatedAt !== null) throw wrong();

  const { passwordHash, ...account } = found;
  const session = newSession(guess.realm, tools.now(), userAgent);
  const unchanged = and(eq(accounts.id, account.id), eq(accounts.passwordHash, passwordHash));
  const begin = insertSession(db, session, unchanged);
  const renewed = isOutdated(tools, passwordHash)
    ? await hashPassword(tools, password).catch(() => undefined)
    : undefined;
  const [[[begun]]] = await Promise.all([
    renewed
      ? db.batch([begin, db.update(accounts).set({ passwordHash: renewed }).where(unchanged)])
      : db.batch([begin]),
    counted.then((forgive) => forgive()),
  ]);
  if (!begun) throw wrong();
  return { account, session };
};
