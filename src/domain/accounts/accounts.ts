import { and, eq, getTableColumns, ne, type SQL } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { insertIf } from '../../storage/rows.ts';
import { accounts, identifiers } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { foldIdentifier, normaliseName } from '../text.ts';
import type { Realm } from './tokens.ts';

const { passwordHash: _, usernameFolded: __, emailFolded: ___, ...columns } = getTableColumns(accounts);

/** The columns that may leave the domain: never the password hash. */
export const accountColumns = columns;

export type Account = Omit<typeof accounts.$inferSelect, 'passwordHash' | 'usernameFolded' | 'emailFolded'>;

export const usernameColumns = (name: string) => {
  const username = normaliseName(name);
  return { username, usernameFolded: foldIdentifier(username) };
};

export const emailColumns = (address: string | null) => {
  const email = address === null ? null : normaliseName(address);
  return { email, emailFolded: email === null ? null : foldIdentifier(email) };
};

export const isEmailAddress = (username: string) => /^\s*[^\s@]+@[^\s@]+\s*$/.test(username);

/** The e-mail address that is given, or else the username if it is one. */
export const impliedEmail = <T>(username: string | undefined, email: T): T | string =>
  email === undefined && username !== undefined && isEmailAddress(username) ? username : email;

/**
 * The statements that insert an account's identifiers. They fail if another account of the realm has one of
 * them.
 */
export const insertIdentifiers = (db: Database, where: SQL | undefined) => {
  const row = { realm: accounts.realm, accountId: accounts.id };
  const username = { ...row, kind: 'username' as const, folded: accounts.usernameFolded };
  const email = { ...row, kind: 'email' as const, folded: accounts.emailFolded };
  const differs = ne(accounts.emailFolded, accounts.usernameFolded);
  return [
    insertIf(db, identifiers, username, accounts, where),
    insertIf(db, identifiers, email, accounts, and(where, differs)),
  ];
};

export const taken = () => new ApiError('conflict', 'That username or e-mail address is taken.');

/** The account with this username or e-mail address, active or not, with its password hash. */
export const findByIdentifier = ({ db }: Using<'db'>, realm: Realm, identifier: string) =>
  db
    .select({ ...accountColumns, passwordHash: accounts.passwordHash })
    .from(identifiers)
    .innerJoin(accounts, eq(accounts.id, identifiers.accountId))
    .where(and(eq(identifiers.realm, realm), eq(identifiers.folded, foldIdentifier(identifier))))
    .get();
