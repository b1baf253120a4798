import { and, desc, eq, exists, gt, isNull, ne, or, type SQL } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { copyRevocation } from '../../storage/revocations.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { countLoginAttempt } from './loginAttempts.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { checkSessionWithHash } from './sessionCheck.ts';
import { SESSION_LIFE } from './sessions.ts';
import { ACCESS_LIFE, type AccessClaims, type Claims } from './tokens.ts';

const MOST_LISTED = 100;

export type OwnSession = Pick<
  typeof sessions.$inferSelect,
  'id' | 'createdAt' | 'expiresAt' | 'refreshedAt' | 'userAgent'
>;

type Ending = Using<'db' | 'redis' | 'budget' | 'now' | 'background'>;

/** The account's sessions of which a token may still live, the newest 100 first. */
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
        or(isNull(sessions.refreshEndedAt), gt(sessions.refreshEndedAt, at - ACCESS_LIFE.member * 1000)),
      ),
    )
    .orderBy(desc(sessions.createdAt))
    .limit(MOST_LISTED);
};

const end = (db: Database, at: number, which: SQL | undefined) =>
  db
    .update(sessions)
    .set({ endedAt: at })
    .where(and(which, isNull(sessions.endedAt)))
    .returning({ id: sessions.id });

const copyEnds = (tools: Ending, claims: Claims, ended: { id: string }[]) => {
  for (const { id } of ended) tools.background(copyRevocation(tools, `sid:${id}`, SESSION_LIFE[claims.aud]));
};

const others = (claims: Claims) => and(eq(sessions.accountId, claims.sub), ne(sessions.id, claims.sid));

/** Ends one of the caller's own sessions. @throws ApiError `not_found` */
export const endOwnSession = async (tools: Ending, claims: Claims, id: string): Promise<void> => {
  const ended = await end(
    tools.db,
    tools.now(),
    and(eq(sessions.accountId, claims.sub), eq(sessions.id, id)),
  );
  if (ended.length === 0) throw new ApiError('not_found', 'There is no such session.');
  copyEnds(tools, claims, ended);
};

/** Ends all the caller's sessions but the one that asks, and says how many. */
export const endOtherSessions = async (tools: Ending, claims: Claims): Promise<number> => {
  const ended = await end(tools.db, tools.now(), others(claims));
  copyEnds(tools, claims, ended);
  return ended.length;
};

/**
 * Gives the caller a new password, for the old one, and ends its other sessions. The old one counts as a attempt until it is right.
 * @throws ApiError `unauthenticated`, `forbidden` for a wrong old password, `throttled`, `unavailable`
 */
export const changePassword = async (
  tools: Ending & Using<'settings' | 'limiter'>,
  claims: AccessClaims,
  address: string,
  passwords: { old: string; new: string },
): Promise<void> => {
  const { db } = tools;
  const attempt = { realm: claims.aud, identifier: claims.username, address };
  const [account, refund] = await Promise.all([
    checkSessionWithHash(tools, claims),
    countLoginAttempt(tools, attempt),
  ]);
  if (!(await verifyPassword(tools, account.passwordHash, passwords.old)))
    throw new ApiError('forbidden', 'The old password is wrong.');
  const passwordHash = await hashPassword(tools, passwords.new);
  const changed = and(eq(accounts.id, claims.sub), eq(accounts.passwordHash, account.passwordHash));
  const renewed = db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.id, claims.sub), eq(accounts.passwordHash, passwordHash)));
  const changing = batch(db, {
    updated: db.update(accounts).set({ passwordHash }).where(changed).returning({ id: accounts.id }),
    ended: end(db, tools.now(), and(others(claims), exists(renewed))),
  });
  const [{ updated, ended }] = await Promise.all([changing, refund()]);
  if (updated.length === 0)
    throw new ApiError('conflict', 'The password was changed by somebody else at this moment.');
  copyEnds(tools, claims, ended);
};
