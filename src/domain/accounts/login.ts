import { and, eq } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { batch } from '../../storage/rows.ts';
import { accounts } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { type Account, findByIdentifier } from './accounts.ts';
import { countLoginAttempt, type LoginAttempt } from './loginAttempts.ts';
import { hashPassword, isOutdated, verifyPassword } from './passwords.ts';
import { insertSession, newSession, type Session } from './sessions.ts';

/**
 * Begins a session for whoever knows the password. Unknown, wrong and deactivated are answered alike, after the same work.
 * @throws ApiError `wrong_credentials`, `throttled`, `unavailable`
 */
export const logIn = async (
  tools: Using<'db' | 'settings' | 'limiter' | 'now' | 'background'>,
  attempt: LoginAttempt,
  password: string,
  userAgent: string | undefined,
): Promise<{ account: Account; session: Session }> => {
  const { db } = tools;
  const wrong = () => new ApiError('wrong_credentials', 'The username or the password is wrong.');
  const counted = countLoginAttempt(tools, attempt);
  const look = async () => {
    const [found] = await Promise.all([findByIdentifier(tools, attempt.realm, attempt.identifier), counted]);
    return { found, right: await verifyPassword(tools, found?.passwordHash, password) };
  };
  const { found, right } = await look().catch((error) => {
    // what could not be checked was no attempt
    tools.background(
      counted.then(
        (refund) => refund(),
        () => {},
      ),
    );
    throw error;
  });
  if (!found || !right || found.deactivatedAt !== null) throw wrong();

  const { passwordHash, ...account } = found;
  const session = newSession(attempt.realm, tools.now(), userAgent);
  const unchanged = and(eq(accounts.id, account.id), eq(accounts.passwordHash, passwordHash));
  const renewed = isOutdated(tools, passwordHash)
    ? await hashPassword(tools, password).catch(() => undefined)
    : undefined;
  const beginning = batch(db, {
    begun: insertSession(db, session, unchanged),
    renewed: renewed ? db.update(accounts).set({ passwordHash: renewed }).where(unchanged) : undefined,
  });
  const [{ begun }] = await Promise.all([beginning, counted.then((refund) => refund())]);
  if (begun.length === 0) throw wrong();
  return { account, session };
};
