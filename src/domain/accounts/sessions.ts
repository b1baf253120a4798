import { and, eq, exists, isNull, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../storage/database.ts';
import { copyRevocation } from '../../storage/revocations.ts';
import { insertIf } from '../../storage/rows.ts';
import { accounts, revocations, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { checkRevocation, isActiveSession, notRevoked } from './sessionCheck.ts';
import { ACCESS_LIFE, type Claims, REFRESH_LIFE, type Realm, type RefreshableSession } from './tokens.ts';

/** How long a session of a realm lives without being refreshed, in seconds. */
export const SESSION_LIFE: Record<Realm, number> = { ...ACCESS_LIFE, member: REFRESH_LIFE };

export type Session = RefreshableSession & {
  createdAt: number;
  expiresAt: number;
  userAgent: string | null;
};

export const newSession = (realm: Realm, now: number, userAgent: string | undefined): Session => ({
  id: crypto.randomUUID(),
  generation: 0,
  nonce: crypto.randomUUID(),
  createdAt: now,
  expiresAt: now + SESSION_LIFE[realm] * 1000,
  userAgent: userAgent?.slice(0, 512).toWellFormed() ?? null,
});

/** The statement that begins a session for the active account that `whose` picks; it returns no row where there is none. */
export const insertSession = (db: Database, row: Session, whose: SQL | undefined) =>
  insertIf(
    db,
    sessions,
    { ...row, accountId: accounts.id },
    accounts,
    and(whose, isNull(accounts.deactivatedAt)),
  ).returning({ id: sessions.id });

type Ending = Using<'db' | 'redis' | 'budget' | 'now' | 'background'>;

/** The session, while it and its account are in good standing: for the `where` of an update. */
const standing = (db: Database, claims: Claims, now: number) =>
  and(
    eq(sessions.id, claims.sid),
    exists(db.select({ id: accounts.id }).from(accounts).where(isActiveSession(claims, now))),
  );

/**
 * Kills this access token alone; what it can still be refreshed with lives. The conditional write is libSQL's verdict on the token.
 * The copy in Redis follows the yes: written beside it, a dead token could end what it may not end any more. @throws ApiError `unauthenticated`, `unavailable`
 */
export const revokeAccess = async (tools: Ending, claims: Claims): Promise<void> => {
  const { db, now } = tools;
  const subject = `jti:${claims.jti}` as const;
  const isActive = and(
    eq(accounts.id, sessions.accountId),
    isActiveSession(claims, now()),
    notRevoked(db, claims),
  );
  const row = { subject, expiresAt: claims.exp * 1000 };
  const revoked = insertIf(db, revocations, row, sql`${sessions}, ${accounts}`, isActive)
    .returning({ subject: revocations.subject })
    .then(([inserted]) => inserted);
  await checkRevocation(tools, claims, revoked);
  tools.background(copyRevocation(tools, subject, claims.exp - now() / 1000));
};

/** Ends what the session can mint; an access token that is out lives to its end. @throws ApiError `unauthenticated`, `unavailable` */
export const endRefresh = async (tools: Ending, claims: Claims): Promise<void> => {
  const { db, now } = tools;
  const ended = db
    .update(sessions)
    .set({ refreshEndedAt: now() })
    .where(and(standing(db, claims, now()), isNull(sessions.refreshEndedAt)))
    .returning({ id: sessions.id })
    .then(([row]) => row);
  await checkRevocation(tools, claims, ended);
};

/** Ends the whole session: every access and refresh token of it. @throws ApiError `unauthenticated`, `unavailable` */
export const endSession = async (tools: Ending, claims: Claims): Promise<void> => {
  const { db, now } = tools;
  const mayStillRefresh = claims.typ === 'refresh' ? isNull(sessions.refreshEndedAt) : undefined;
  const ended = db
    .update(sessions)
    .set({ endedAt: now() })
    .where(and(standing(db, claims, now()), notRevoked(db, claims), mayStillRefresh))
    .returning({ id: sessions.id })
    .then(([row]) => row);
  await checkRevocation(tools, claims, ended);
  tools.background(copyRevocation(tools, `sid:${claims.sid}`, SESSION_LIFE[claims.aud]));
};
