import { and, eq } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { batch } from '../../storage/rows.ts';
import { accounts } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { type Account, findByIdentifier } from './accounts.ts';
import { consumeLoginAttempt } from './loginAttempts.ts';
import { hashPassword, isOutdated, verifyPassword } from './passwords.ts';
import { insertSession, newSession, type Session } from './sessions.ts';
import {
  type ExchangeRealm,
  type ExchangeTokens,
  type Realm,
  signExchangeTokens,
  signTokens,
  type Tokens,
} from './tokens.ts';

type Tools = Using<'db' | 'settings' | 'limiter' | 'now' | 'background'>;

/** `identifier` is a username or an e-mail address; `address` is the client's IP address. */
export type Credentials = {
  identifier: string;
  password: string;
  address: string;
  userAgent: string | undefined;
};

/** Starts a session for an account whose password is right. */
const startSession = async (
  tools: Tools,
  realm: Realm,
  { identifier, password, address, userAgent }: Credentials,
): Promise<{ account: Account; session: Session }> => {
  const { db } = tools;
  const wrong = () => new ApiError('wrong_credentials', 'The username or the password is wrong.');
  const consumed = consumeLoginAttempt(tools, { realm, identifier, address });
  const refund = () => consumed.then((refund) => refund());
  const check = async () => {
    const [found] = await Promise.all([findByIdentifier(tools, realm, identifier), consumed]);
    return { found, isRight: await verifyPassword(tools, found?.passwordHash, password) };
  };
  const { found, isRight } = await check().catch((error) => {
    tools.background(refund().catch(() => {})); // An attempt that could not be checked does not count.
    throw error;
  });
  if (!found || !isRight || found.deactivatedAt !== null) throw wrong();

  const { passwordHash, ...account } = found;
  const session = newSession(realm, tools.now(), userAgent);
  const unchanged = and(eq(accounts.id, account.id), eq(accounts.passwordHash, passwordHash));
  const upgraded = isOutdated(tools, passwordHash)
    ? await hashPassword(tools, password).catch(() => undefined)
    : undefined;
  const starting = batch(db, {
    started: insertSession(db, session, unchanged),
    upgraded: upgraded ? db.update(accounts).set({ passwordHash: upgraded }).where(unchanged) : undefined,
  });
  const [{ started }] = await Promise.all([starting, refund()]);
  if (started.length === 0) throw wrong();
  return { account, session };
};

/**
 * Logs a member in. An unknown name, a wrong password and a deactivated account fail alike, after the same
 * work.
 * @throws ApiError `wrong_credentials`, `throttled`, `unavailable`
 */
export const logIn = async (
  tools: Tools,
  credentials: Credentials,
): Promise<{ account: Account; tokens: Tokens }> => {
  const { account, session } = await startSession(tools, 'member', credentials);
  return { account, tokens: await signTokens(tools, account, session) };
};

/**
 * Logs in to the exchange, where a session has one token, and no refresh token.
 * @throws ApiError as `logIn` does
 */
export const logInToExchange = async (
  tools: Tools,
  realm: ExchangeRealm,
  credentials: Credentials,
): Promise<{ account: Account; tokens: ExchangeTokens }> => {
  const { account, session } = await startSession(tools, realm, credentials);
  return { account, tokens: await signExchangeTokens(tools, { ...account, realm }, session) };
};
