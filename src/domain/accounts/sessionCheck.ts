import { and, eq, gt, isNull, notExists } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { isRevoked } from '../../storage/revocations.ts';
import { accounts, revocations, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { type Account, accountColumns } from './accounts.ts';
import type { Claims } from './tokens.ts';

export const revoked = () =>
  new ApiError('unauthenticated', 'The token has been revoked, or its account is not active.');

/** That this very token was not revoked, for the `where` of a statement. */
export const notRevoked = (db: Database, claims: Claims) =>
  notExists(
    db
      .select({ subject: revocations.subject })
      .from(revocations)
      .where(eq(revocations.subject, `jti:${claims.jti}`)),
  );

/** What makes a session alive and its account active, for the `where` of a statement that has both tables in sight. */
export const isActiveSession = (claims: Claims, now: number) =>
  and(
    eq(sessions.id, claims.sid),
    eq(sessions.accountId, claims.sub),
    isNull(sessions.endedAt),
    gt(sessions.expiresAt, now),
    eq(accounts.id, claims.sub),
    eq(accounts.realm, claims.aud),
    isNull(accounts.deactivatedAt),
  );

/**
 * Lets libSQL say yes or no, and Redis no, both asked at the same time: either no is a no, and Redis silent leaves it to libSQL.
 * `truth` is `undefined` where libSQL says no.
 * @throws ApiError `unauthenticated`; `unavailable` where libSQL is silent
 */
export const checkRevocation = async <T>(
  tools: Using<'redis' | 'budget'>,
  claims: Claims,
  truth: Promise<T | undefined>,
): Promise<T> => {
  const [fast, slow] = await Promise.allSettled([
    isRevoked(tools, [`jti:${claims.jti}`, `sid:${claims.sid}`]),
    truth,
  ]);
  if (fast.status === 'fulfilled' && fast.value) throw revoked();
  if (slow.status === 'rejected') throw slow.reason;
  if (slow.value === undefined) throw revoked();
  return slow.value;
};

const selectAccount = (db: Database, claims: Claims, now: number) =>
  db
    .select({ ...accountColumns, passwordHash: accounts.passwordHash })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .where(and(isActiveSession(claims, now), notRevoked(db, claims)))
    .get();

type Tools = Using<'db' | 'redis' | 'budget' | 'now'>;

/** The account that a token speaks for, as the database has it now, with its hash. @throws ApiError `unauthenticated`, `unavailable` */
export const checkSessionWithHash = (
  tools: Tools,
  claims: Claims,
): Promise<Account & { passwordHash: string }> =>
  checkRevocation(tools, claims, selectAccount(tools.db, claims, tools.now()));

/** The account that a token speaks for, as the database has it now. @throws ApiError `unauthenticated`, `unavailable` */
export const checkSession = async (tools: Tools, claims: Claims): Promise<Account> => {
  const { passwordHash: _, ...account } = await checkSessionWithHash(tools, claims);
  return account;
};
