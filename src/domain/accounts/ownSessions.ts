import { and, desc, eq, exists, gt, isNull, ne, or, type SQL } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { copyRevocation } from '../../storage/revocations.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { consumeLoginAttempt } from './loginAttempts.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { checkSessionWithHash } from './sessionCheck.ts';
import { SESSION_SECONDS } from './sessions.ts';
import { ACCESS_SECONDS, type AccessClaims, type Claims } from './tokens.ts';

const MAX_LISTED = 100;

export type OwnSession = Pick<
  typeof sessions.$inferSelect,
  'id' | 'createdAt' | 'expiresAt' | 'refreshedAt' | 'userAgent'
>;

type Tools = Using<'db' | 'redis' | 'budget' | 'now' | 'background'>;

/** The account's sessions that may still have a valid token: the newest 100, newest first. */
export const listSessions = ({ db, now }: Using<'db' | 'now'>, accountId: number): Promise<OwnSession[]> => {
  const { id, createdAt, expiresAt, refreshedAt, userAgent } = sessions;
  const at = now();
  return db
    .select({ id, createdAt, expiresAt, refreshedAt, userAgent })
    .from(sessions)
    .where(
      and(
        eq(sessions.accountId, accountId),
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, at),
        or(isNull(sessions.refreshEndedAt), gt(sessions.refreshEndedAt, at - ACCESS_SECONDS.member * 1000)),
      ),
    )
    .orderBy(desc(sessions.createdAt))
    .limit(MAX_LISTED);
};

const endSessions = (db: Database, now: number, where: SQL | undefined) =>
  db
    .update(sessions)
    .set({ endedAt: now })
    .where(and(where, isNull(sessions.endedAt)))
    .returning({ id: sessions.id });

const copyRevocations = (tools: Tools, claims: Claims, ended: { id: string }[]) => {
  for (const { id } of ended)
    tools.background(copyRevocation(tools, `sid:${id}`, SESSION_SECONDS[claims.aud]));
};

const otherSessions = (claims: Claims) =>
  and(eq(sessions.accountId, claims.sub), ne(sessions.id, claims.sid));

/** Ends one of the caller's own sessions. @throws ApiError `not_found` */
export const endOwnSession = async (tools: Tools, claims: Claims, id: string): Promise<void> => {
  const ended = await endSessions(
    tools.db,
    tools.now(),
    and(eq(sessions.accountId, claims.sub), eq(sessions.id, id)),
  );
  if (ended.length === 0) throw new ApiError('not_found', 'Session not found.');
  copyRevocations(tools, claims, ended);
};

/** Ends the caller's other sessions, and answers how many. */
export const endOtherSessions = async (tools: Tools, claims: Claims): Promise<number> => {
  const ended = await endSessions(tools.db, tools.now(), otherSessions(claims));
  copyRevocations(tools, claims, ended);
  return ended.length;
};

/**
 * Changes the caller's password and ends its other sessions. A wrong old password counts as a login attempt.
 * @throws ApiError `unauthenticated`, `forbidden` for a wrong old password, `conflict`, `throttled`,
 * `unavailable`
 */
export const changePassword = async (
  tools: Tools & Using<'settings' | 'limiter'>,
  claims: AccessClaims,
  address: string,
  passwords: { old: string; new: string },
): Promise<void> => {
  const { db } = tools;
  const attempt = { realm: claims.aud, identifier: claims.username, address };
  const [account, refund] = await Promise.all([
    checkSessionWithHash(tools, claims),
    consumeLoginAttempt(tools, attempt),
  ]);
  if (!(await verifyPassword(tools, account.passwordHash, passwords.old)))
    throw new ApiError('forbidden', 'The old password is wrong.');
  const passwordHash = await hashPassword(tools, passwords.new);
  const unchanged = and(eq(accounts.id, claims.sub), eq(accounts.passwordHash, account.passwordHash));
  const updatedAccount = db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.id, claims.sub), eq(accounts.passwordHash, passwordHash)));
  const changing = batch(db, {
    updated: db.update(accounts).set({ passwordHash }).where(unchanged).returning({ id: accounts.id }),
    ended: endSessions(db, tools.now(), and(otherSessions(claims), exists(updatedAccount))),
  });
  const [{ updated, ended }] = await Promise.all([changing, refund()]);
  if (updated.length === 0) throw new ApiError('conflict', 'Another request has just changed the password.');
  copyRevocations(tools, claims, ended);
};
