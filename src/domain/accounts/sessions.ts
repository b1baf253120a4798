import { and, eq, exists, isNull, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../storage/database.ts';
import { copyRevocation } from '../../storage/revocations.ts';
import { insertIf } from '../../storage/rows.ts';
import { accounts, revocations, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { checkRevocation, isActiveSession, notRevoked } from './sessionCheck.ts';
import {
  ACCESS_SECONDS,
  type Claims,
  REFRESH_SECONDS,
  type Realm,
  type RefreshableSession,
} from './tokens.ts';

/** The life of a session, counted from its last refresh. */
export const SESSION_SECONDS: Record<Realm, number> = { ...ACCESS_SECONDS, member: REFRESH_SECONDS };

export type Session = RefreshableSession & {
  createdAt: number;
  expiresAt: number;
  userAgent: string | null;
};

export const newSession = (realm: Realm, now: number, userAgent: string | undefined): Session => ({
  id: crypto.randomUUID(),
  rotation: 0,
  nonce: crypto.randomUUID(),
  createdAt: now,
  expiresAt: now + SESSION_SECONDS[realm] * 1000,
  userAgent: userAgent?.slice(0, 512).toWellFormed() ?? null,
});

/**
 * The statement that starts a session for the account that `where` picks. It returns no row if there is no
 * active one.
 */
export const insertSession = (db: Database, session: Session, where: SQL | undefined) => {
  const row = { ...session, accountId: accounts.id };
  const isActive = and(where, isNull(accounts.deactivatedAt));
  return insertIf(db, sessions, row, accounts, isActive).returning({ id: sessions.id });
};

type Tools = Using<'db' | 'redis' | 'budget' | 'now' | 'background'>;

/** The session of a token, while it and its account are active: for the `where` of an update. */
const isActive = (db: Database, claims: Claims, now: number) =>
  and(
    eq(sessions.id, claims.sid),
    exists(db.select({ id: accounts.id }).from(accounts).where(isActiveSession(claims, now))),
  );

/**
 * Revokes one access token; the session can still be refreshed. libSQL checks the token in the same
 * statement. The copy in Redis is written only after that, because a token that is not valid must not revoke
 * anything.
 * @throws ApiError `unauthenticated`, `unavailable`
 */
export const revokeAccess = async (tools: Tools, claims: Claims): Promise<void> => {
  const { db, now } = tools;
  const subject = `jti:${claims.jti}` as const;
  const isValid = and(
    eq(accounts.id, sessions.accountId),
    isActiveSession(claims, now()),
    notRevoked(db, claims),
  );
  const row = { subject, expiresAt: claims.exp * 1000 };
  const revoked = insertIf(db, revocations, row, sql`${sessions}, ${accounts}`, isValid)
    .returning({ subject: revocations.subject })
    .then(([inserted]) => inserted);
  await checkRevocation(tools, claims, revoked);
  tools.background(copyRevocation(tools, subject, claims.exp - now() / 1000));
};

/**
 * Ends refreshing; access tokens stay valid until they expire.
 * @throws ApiError `unauthenticated`, `unavailable`
 */
export const endRefresh = async (tools: Tools, claims: Claims): Promise<void> => {
  const { db, now } = tools;
  const ended = db
    .update(sessions)
    .set({ refreshEndedAt: now() })
    .where(and(isActive(db, claims, now()), isNull(sessions.refreshEndedAt)))
    .returning({ id: sessions.id })
    .then(([row]) => row);
  await checkRevocation(tools, claims, ended);
};

/**
 * Ends a session with all its access and refresh tokens. @throws ApiError `unauthenticated`, `unavailable`
 */
export const endSession = async (tools: Tools, claims: Claims): Promise<void> => {
  const { db, now } = tools;
  const canRefresh = claims.typ === 'refresh' ? isNull(sessions.refreshEndedAt) : undefined;
  const ended = db
    .update(sessions)
    .set({ endedAt: now() })
    .where(and(isActive(db, claims, now()), notRevoked(db, claims), canRefresh))
    .returning({ id: sessions.id })
    .then(([row]) => row);
  await checkRevocation(tools, claims, ended);
  tools.background(copyRevocation(tools, `sid:${claims.sid}`, SESSION_SECONDS[claims.aud]));
};
