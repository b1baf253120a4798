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
import { insertSession, type Session } from './sessions.ts';
import type { Realm } from './tokens.ts';

export type Registration = {
  realm: Realm;
  username: string;
  password: string;
  name?: string | undefined;
  email?: string | undefined;
};

/**
 * Makes an account, with a first session or without, in one atomic batch. The names are looked up before the password is hashed, which spares the
 * hash for most of those that are taken; the primary key of `identifiers` decides between two that come at once.
 * @throws ApiError `conflict` when the username or the e-mail address names an account of the realm
 */
export const registerAccount = async (
  tools: Using<'db' | 'settings' | 'now'>,
  wanted: Registration,
  session?: Session,
): Promise<Account> => {
  const { db, now } = tools;
  const { realm } = wanted;
  const names = {
    ...usernameColumns(wanted.username),
    ...emailColumns(impliedEmail(wanted.username, wanted.email) ?? null),
  };
  const folded = [names.usernameFolded, names.emailFolded].filter((name) => name !== null);
  const held = await db
    .select({ folded: identifiers.folded })
    .from(identifiers)
    .where(and(eq(identifiers.realm, realm), inArray(identifiers.folded, folded)));
  if (held.length > 0) throw taken();

  const passwordHash = await hashPassword(tools, wanted.password);
  const createdAt = now();
  // AUTOINCREMENT gives the new row an id above all others, and the batch has the only writer's lock
  const newest = sql<number>`(select max(${accounts.id}) from ${accounts})`;
  try {
    const { inserted } = await batch(db, {
      inserted: db
        .insert(accounts)
        .values({ realm, ...names, name: wanted.name ?? null, passwordHash, createdAt })
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
