import { and, eq, inArray, sql } from 'drizzle-orm';
import { isTaken } from '../../storage/database.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, identifiers } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import {
  type Account,
  accountColumns,
  emailColumns,
  impliedEmail,
  insertIdentifiers,
  taken,
  usernameColumns,
} from './accounts.ts';
import { hashPassword } from './passwords.ts';
import { insertSession, newSession, type Session } from './sessions.ts';
import { type Realm, signTokens, type Tokens } from './tokens.ts';

export type Registration = {
  realm: Realm;
  username: string;
  password: string;
  name?: string | undefined;
  email?: string | undefined;
};

type Tools = Using<'db' | 'settings' | 'now'>;

/** Inserts an account, and its first session if there is one, in one batch. */
const insertAccount = async (
  tools: Tools,
  registration: Registration,
  session: Session | undefined,
): Promise<Account> => {
  const { db, now } = tools;
  const { realm } = registration;
  const names = {
    ...usernameColumns(registration.username),
    ...emailColumns(impliedEmail(registration.username, registration.email) ?? null),
  };
  const folded = [names.usernameFolded, names.emailFolded].filter((name) => name !== null);
  const existing = await db
    .select({ folded: identifiers.folded })
    .from(identifiers)
    .where(and(eq(identifiers.realm, realm), inArray(identifiers.folded, folded)));
  if (existing.length > 0) throw taken(); // Most taken names are found before the work of hashing.

  const passwordHash = await hashPassword(tools, registration.password);
  const createdAt = now();
  // AUTOINCREMENT gives the new row the highest id, and only one batch writes at a time.
  const newest = sql<number>`(select max(${accounts.id}) from ${accounts})`;
  try {
    const { inserted } = await batch(db, {
      inserted: db
        .insert(accounts)
        .values({ realm, ...names, name: registration.name ?? null, passwordHash, createdAt })
        .returning(accountColumns),
      identifiers: insertIdentifiers(db, eq(accounts.id, newest)),
      session: session && insertSession(db, session, eq(accounts.id, newest)),
    });
    const [account] = inserted;
    if (!account) throw new Error('The insert returned no account');
    return account;
  } catch (error) {
    if (isTaken(error)) throw taken();
    throw error;
  }
};

/**
 * Registers an account without a session. The primary key of `identifiers` decides between two accounts of
 * one name.
 * @throws ApiError `conflict` when the username or the e-mail address names an account of the realm
 */
export const registerAccount = (tools: Tools, registration: Registration): Promise<Account> =>
  insertAccount(tools, registration, undefined);

/** Registers a member and logs it in. @throws ApiError as `registerAccount` does */
export const registerMember = async (
  tools: Tools,
  registration: Omit<Registration, 'realm'>,
  userAgent: string | undefined,
): Promise<{ account: Account; tokens: Tokens }> => {
  const session = newSession('member', tools.now(), userAgent);
  const account = await insertAccount(tools, { ...registration, realm: 'member' }, session);
  return { account, tokens: await signTokens(tools, account, session) };
};
