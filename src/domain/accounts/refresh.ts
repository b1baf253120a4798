import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { copyRevocation } from '../../storage/revocations.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { checkRevocation } from './sessionCheck.ts';
import { REFRESH_LIFE, type RefreshClaims, signTokens, type Tokens } from './tokens.ts';

/** For how long a lost reply, or a second tab, is answered as the first was: in milliseconds. */
const GRACE = 60_000;

/**
 * Answers a refresh token with its successor, so that no honest client is logged out and a thief is caught. Of the session's token with
 * the current `generation` the successor is (generation + 1, `next_nonce`): the same one within a minute of the last answer, a fresh
 * one later. The successor itself, presented, isNext the session on. The token before it is answered for a minute after the step.
 * Any other token of the session was stolen, or is a stolen one's victim: the session ends.
 *
 * One conditional UPDATE does it all, and is libSQL's verdict too: fifty at once are answered as one.
 * @throws ApiError `unauthenticated`, `unavailable`
 */
export const refreshSession = async (
  tools: Using<'db' | 'redis' | 'budget' | 'settings' | 'now' | 'background'>,
  claims: RefreshClaims,
): Promise<{ account: { username: string }; tokens: Tokens }> => {
  const { db } = tools;
  const now = tools.now();
  const lately = now - GRACE;
  const { generation, nonce } = claims;
  const fresh = crypto.randomUUID();

  const isCurrent = sql`(${generation} = ${sessions.generation} and ${nonce} = ${sessions.nonce})`;
  const isNext = sql`(${generation} = ${sessions.generation} + 1 and ${nonce} = ${sessions.nextNonce})`;
  const isPrevious = sql`(${generation} = ${sessions.generation} - 1 and ${nonce} = ${sessions.previousNonce} and ${sessions.rotatedAt} > ${lately})`;
  const unanswered = sql`(${sessions.nextNonce} is null or ${sessions.refreshedAt} <= ${lately})`;
  const choose = <T>(when: SQL, then: unknown, otherwise: unknown) =>
    sql<T>`case when ${when} then ${then} else ${otherwise} end`;
  const honest = sql`(${isCurrent} or ${isNext} or ${isPrevious})`;

  const updated = batch(db, {
    rotated: db
      .update(sessions)
      .set({
        endedAt: choose(honest, sessions.endedAt, now),
        generation: choose(isNext, sql`${sessions.generation} + 1`, sessions.generation),
        previousNonce: choose(isNext, sessions.nonce, sessions.previousNonce),
        nonce: choose(isNext, sessions.nextNonce, sessions.nonce),
        nextNonce: choose(sql`${isNext} or (${isCurrent} and ${unanswered})`, fresh, sessions.nextNonce),
        rotatedAt: choose(isNext, now, sessions.rotatedAt),
        refreshedAt: choose(honest, now, sessions.refreshedAt),
        expiresAt: choose(honest, now + REFRESH_LIFE * 1000, sessions.expiresAt),
      })
      .where(
        and(
          eq(sessions.id, claims.sid),
          eq(sessions.accountId, claims.sub),
          isNull(sessions.endedAt),
          isNull(sessions.refreshEndedAt),
          gt(sessions.expiresAt, now),
          sql`exists (select 1 from ${accounts} where ${accounts.id} = ${claims.sub} and ${accounts.realm} = ${claims.aud} and ${accounts.deactivatedAt} is null)`,
        ),
      )
      .returning({
        generation: sessions.generation,
        nextNonce: sessions.nextNonce,
        endedAt: sessions.endedAt,
      }),
    owner: db
      .select({ id: accounts.id, realm: accounts.realm, username: accounts.username, name: accounts.name })
      .from(accounts)
      .where(eq(accounts.id, claims.sub)),
  });
  const { session, account } = await checkRevocation(
    tools,
    claims,
    updated.then(({ rotated: [session], owner: [account] }) => session && account && { session, account }),
  );
  if (session.endedAt !== null || session.nextNonce === null) {
    console.warn(JSON.stringify({ event: 'refresh_token_reused', session: claims.sid, account: claims.sub }));
    tools.background(copyRevocation(tools, `sid:${claims.sid}`, REFRESH_LIFE));
    throw new ApiError(
      'unauthenticated',
      'This refresh token has been used by somebody else; the session has ended. Log in again.',
    );
  }
  const next = { id: claims.sid, generation: session.generation + 1, nonce: session.nextNonce };
  return { account, tokens: await signTokens(tools, account, next) };
};
