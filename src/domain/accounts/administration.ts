import { and, eq, isNull, or, sql } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { isTaken } from '../../storage/database.ts';
import { copyRevocation } from '../../storage/revocations.ts';
import { batch } from '../../storage/rows.ts';
import { accounts, identifiers, sessions } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { inOrder, isAfter, type Page, type Paging, readPage } from '../pages.ts';
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
import { keepsAnAdministrator, lastAdministrator } from './roles.ts';
import { SESSION_SECONDS } from './sessions.ts';

export type Changes = {
  username?: string | undefined;
  email?: string | null | undefined;
  name?: string | null | undefined;
  password?: string | undefined;
  role?: Account['role'] | undefined;
  active?: boolean | undefined;
};

export type ListedAccount = { id: number; username: string; name: string | null };

/** Active members, by id. @throws ApiError `invalid` for a cursor of another list */
export const listAccounts = ({ db }: Using<'db'>, paging: Paging): Promise<Page<ListedAccount>> => {
  const order = { key: accounts.id, id: accounts.id, direction: 'asc' } as const;
  return readPage(
    'accounts',
    paging,
    ({ id }) => id,
    (position, limit) =>
      db
        .select({ id: accounts.id, username: accounts.username, name: accounts.name })
        .from(accounts)
        .where(and(eq(accounts.realm, 'member'), isNull(accounts.deactivatedAt), isAfter(order, position)))
        .orderBy(...inOrder(order))
        .limit(limit),
  );
};

const columnsOf = ({ username, email, name, role, active }: Changes, at: number) => {
  const address = impliedEmail(username, email);
  return {
    ...(username !== undefined && usernameColumns(username)),
    ...(address !== undefined && emailColumns(address)),
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
    ...(active !== undefined && {
      deactivatedAt: active ? null : sql`coalesce(${accounts.deactivatedAt}, ${at})`,
    }),
  };
};

/**
 * Changes an account of any realm, completely or not at all; only members have roles. A new password and a
 * deactivation end all its sessions. The later statements of the batch depend on what the first one wrote: if
 * it changed nothing, they change nothing.
 * @throws ApiError `not_found`; `conflict` for a name that is taken, and for the last active administrator
 */
export const changeAccount = async (
  tools: Using<'db' | 'redis' | 'budget' | 'settings' | 'now' | 'background'>,
  id: number,
  changes: Changes,
): Promise<Account> => {
  const { db } = tools;
  const at = tools.now();
  const passwordHash =
    changes.password === undefined ? undefined : await hashPassword(tools, changes.password);
  const isTarget = and(
    eq(accounts.id, id),
    changes.role === undefined ? undefined : eq(accounts.realm, 'member'),
  );
  const targetId = sql<number>`(select ${accounts.id} from ${accounts} where ${isTarget})`;
  const endsSessions = or(
    passwordHash === undefined ? undefined : eq(accounts.passwordHash, passwordHash),
    changes.active === false ? sql`${accounts.deactivatedAt} is not null` : undefined,
  );
  const isLoggedOut = and(isTarget, endsSessions ?? sql`false`);
  const loggedOutId = sql<number>`(select ${accounts.id} from ${accounts} where ${isLoggedOut})`;
  const { changed, ended, known } = await batch(db, {
    changed: db
      .update(accounts)
      .set({ id, ...columnsOf(changes, at), ...(passwordHash && { passwordHash }) })
      .where(and(isTarget, keepsAnAdministrator(changes)))
      .returning(accountColumns),
    ended: db
      .update(sessions)
      .set({ endedAt: at })
      .where(and(eq(sessions.accountId, loggedOutId), isNull(sessions.endedAt)))
      .returning({ id: sessions.id }),
    freed: db.delete(identifiers).where(eq(identifiers.accountId, targetId)),
    identifiers: insertIdentifiers(db, isTarget),
    known: db.select({ id: accounts.id }).from(accounts).where(isTarget),
  }).catch((error) => {
    throw isTaken(error) ? taken() : error;
  });
  if (known.length === 0) throw new ApiError('not_found', 'User not found.');
  const [account] = changed;
  if (!account) throw lastAdministrator();
  for (const session of ended)
    tools.background(copyRevocation(tools, `sid:${session.id}`, SESSION_SECONDS[account.realm]));
  return account;
};
