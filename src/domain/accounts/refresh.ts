import { and, eq, exists, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { copyRevocation } from '../../storage/revocations.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { checkRevocation } from './sessionCheck.ts';
import { REFRESH_SECONDS, type RefreshClaims, signTokens, type Tokens } from './tokens.ts';

/**
 * How long a token that was used already is still accepted: its reply may be lost, or another tab may have
 * sent it too.
 */
const REUSE_INTERVAL_MS = 60_000;

const choose = <T>(condition: SQL, then: unknown, otherwise: unknown) =>
  sql<T>`case when ${condition} then ${then} else ${otherwise} end`;

/** The statement that rotates the session's refresh token, or ends the session if the token was reused. */
const rotate = (db: Database, { sid, sub, aud, rotation, nonce }: RefreshClaims, now: number) => {
  const recently = now - REUSE_INTERVAL_MS;
  const isCurrent = sql`(${rotation} = ${sessions.rotation} and ${nonce} = ${sessions.nonce})`;
  const isNext = sql`(${rotation} = ${sessions.rotation} + 1 and ${nonce} = ${sessions.nextNonce})`;
  const isRecent = sql`${sessions.rotatedAt} > ${recently}`;
  const wasCurrent = sql`${rotation} = ${sessions.rotation} - 1 and ${nonce} = ${sessions.previousNonce}`;
  const isPrevious = sql`(${wasCurrent} and ${isRecent})`;
  const isValid = sql`(${isCurrent} or ${isNext} or ${isPrevious})`;
  const hasNoRecentNext = sql`(${sessions.nextNonce} is null or ${sessions.refreshedAt} <= ${recently})`;
  const needsNext = sql`${isNext} or (${isCurrent} and ${hasNoRecentNext})`;
  const isActive = and(eq(accounts.id, sub), eq(accounts.realm, aud), isNull(accounts.deactivatedAt));
  return db
    .update(sessions)
    .set({
      endedAt: choose(isValid, sessions.endedAt, now),
      rotation: choose(isNext, sql`${sessions.rotation} + 1`, sessions.rotation),
      previousNonce: choose(isNext, sessions.nonce, sessions.previousNonce),
      nonce: choose(isNext, sessions.nextNonce, sessions.nonce),
      nextNonce: choose(needsNext, crypto.randomUUID(), sessions.nextNonce),
      rotatedAt: choose(isNext, now, sessions.rotatedAt),
      refreshedAt: choose(isValid, now, sessions.refreshedAt),
      expiresAt: choose(isValid, now + REFRESH_SECONDS * 1000, sessions.expiresAt),
    })
    .where(
      and(
        eq(sessions.id, sid),
        eq(sessions.accountId, sub),
        isNull(sessions.endedAt),
        isNull(sessions.refreshEndedAt),
        gt(sessions.expiresAt, now),
        exists(db.select({ id: accounts.id }).from(accounts).where(isActive)),
      ),
    )
    .returning({
      rotation: sessions.rotation,
      nextNonce: sessions.nextNonce,
      endedAt: sessions.endedAt,
    });
};

/**
 * Answers a refresh token with new tokens: refresh token rotation with reuse detection (RFC 9700 §4.14.2).
 *
 * The session knows three refresh tokens by their nonces. The current one gets the next one: the same one for
 * a minute, and a new one after that. When the next one is used, it becomes the current one. The previous one
 * is accepted for a minute after that. Any other token of the session was stolen, or its owner's copy was, so
 * the session ends. One conditional UPDATE decides, so simultaneous requests get the same refresh token.
 * @throws ApiError `unauthenticated`, `unavailable`
 */
export const refreshSession = async (
  tools: Using<'db' | 'redis' | 'budget' | 'settings' | 'now' | 'background'>,
  claims: RefreshClaims,
): Promise<{ account: { username: string }; tokens: Tokens }> => {
  const { db } = tools;
  const refreshing = batch(db, {
    rotated: rotate(db, claims, tools.now()),
    owner: db
      .select({ id: accounts.id, realm: accounts.realm, username: accounts.username, name: accounts.name })
      .from(accounts)
      .where(eq(accounts.id, claims.sub)),
  });
  const { session, account } = await checkRevocation(
    tools,
    claims,
    refreshing.then(({ rotated: [session], owner: [account] }) => session && account && { session, account }),
  );
  if (session.endedAt !== null || session.nextNonce === null) {
    console.warn(JSON.stringify({ event: 'refresh_token_reused', session: claims.sid, account: claims.sub }));
    tools.background(copyRevocation(tools, `sid:${claims.sid}`, REFRESH_SECONDS));
    throw new ApiError(
      'unauthenticated',
      'This refresh token was used before, so its session has been ended. Log in again.',
    );
  }
  const next = { id: claims.sid, rotation: session.rotation + 1, nonce: session.nextNonce };
  return { account, tokens: await signTokens(tools, account, next) };
};
