import { and, eq, gt, isNull, notExists } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { isRevoked } from '../../storage/revocations.ts';
import { accounts, revocations, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { type Account, accountColumns } from './accounts.ts';
import type { Claims } from './tokens.ts';

const revoked = () =>
  new ApiError('unauthenticated', 'The token has been revoked, or its account is not active.');

/** For the `where` of a statement: this token was not revoked. */
export const notRevoked = (db: Database, claims: Claims) =>
  notExists(
    db
      .select({ subject: revocations.subject })
      .from(revocations)
      .where(eq(revocations.subject, `jti:${claims.jti}`)),
  );

/** For the `where` of a statement over both tables: the session and its account are active. */
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
 * Checks a token in Redis while `query` checks it in libSQL. Either can refuse it: libSQL by `undefined`,
 * Redis by a revocation. If Redis does not respond, libSQL decides alone. Answers the result of the query.
 * @throws ApiError `unauthenticated`, or `unavailable` if libSQL does not respond
 */
export const checkRevocation = async <T>(
  tools: Using<'redis' | 'budget'>,
  claims: Claims,
  query: Promise<T | undefined>,
): Promise<T> => {
  const [inRedis, inDatabase] = await Promise.allSettled([
    isRevoked(tools, [`jti:${claims.jti}`, `sid:${claims.sid}`]),
    query,
  ]);
  if (inRedis.status === 'fulfilled' && inRedis.value) throw revoked();
  if (inDatabase.status === 'rejected') throw inDatabase.reason;
  if (inDatabase.value === undefined) throw revoked();
  return inDatabase.value;
};

const selectAccount = (db: Database, claims: Claims, now: number) =>
  db
    .select({ ...accountColumns, passwordHash: accounts.passwordHash })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .where(and(isActiveSession(claims, now), notRevoked(db, claims)))
    .get();

type Tools = Using<'db' | 'redis' | 'budget' | 'now'>;

/** The account of a valid token, with its password hash. @throws ApiError `unauthenticated`, `unavailable` */
export const checkSessionWithHash = (
  tools: Tools,
  claims: Claims,
): Promise<Account & { passwordHash: string }> =>
  checkRevocation(tools, claims, selectAccount(tools.db, claims, tools.now()));

/** The account of a valid token, as it is now. @throws ApiError `unauthenticated`, `unavailable` */
export const checkSession = async (tools: Tools, claims: Claims): Promise<Account> => {
  const { passwordHash: _, ...account } = await checkSessionWithHash(tools, claims);
  return account;
};
