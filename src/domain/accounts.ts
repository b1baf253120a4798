import { and, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { Using } from '../env.ts';
import { Refusal } from '../refusal.ts';
import { isTaken } from '../storage/database.ts';
import { accounts, identifiers } from '../storage/schema.ts';
import { foldIdentifier, normaliseName } from './identifiers.ts';
import { hashPassword } from './passwords.ts';
import { insertSession, type Session, sessionRow } from './sessions.ts';
import type { Realm } from './tokens.ts';

const { passwordHash: _, ...visible } = getTableColumns(accounts);

/** An account without its hash. */
export type Account = Omit<typeof accounts.$inferSelect, 'passwordHash'>;

export type Registration = {
  realm: Realm;
  username: string;
  password: string;
  name?: string | undefined;
  email?: string | undefined;
};

const looksLikeEmail = (text: string) => /^[^\s@]+@[^\s@]+$/.test(text);

const taken = () => new Refusal('conflict', 'That username or e-mail address is taken.');

/**
 * Makes an account and its first session in one atomic batch. The names are looked up before the password is hashed, which spares the
 * hash for most of those that are taken; the primary key of `identifiers` decides between two that come at once.
 * @throws Refusal `conflict` when the username or the e-mail address names an account of the realm
 */
export const registerAccount = async (
  tools: Using<'db' | 'settings' | 'now'>,
  wanted: Registration,
  userAgent: string | undefined,
): Promise<{ account: Account; session: Session }> => {
  const { db, now } = tools;
  const { realm } = wanted;
  const username = normaliseName(wanted.username);
  const email = wanted.email ? normaliseName(wanted.email) : looksLikeEmail(username) ? username : null;
  const names = new Map<string, 'username' | 'email'>();
  if (email) names.set(foldIdentifier(email), 'email');
  names.set(foldIdentifier(username), 'username');
  const held = await db
    .select({ folded: identifiers.folded })
    .from(identifiers)
    .where(and(eq(identifiers.realm, realm), inArray(identifiers.folded, [...names.keys()])));
  if (held.length > 0) throw taken();

  const passwordHash = await hashPassword(tools, wanted.password);
  const createdAt = now();
  // AUTOINCREMENT gives the new row an id above all others, and the batch has the only writer's lock
  const newest = sql<number>`(select max(${accounts.id}) from ${accounts})`;
  const row = sessionRow(realm, createdAt, userAgent);
  try {
    const [[account]] = await db.batch([
      db
        .insert(accounts)
        .values({ realm, username, email, name: wanted.name ?? null, passwordHash, createdAt })
        .returning(visible),
      db.insert(identifiers).values([...names].map(([folded, kind]) => ({ realm, folded, kind, accountId: newest }))),
      insertSession(db, row, eq(accounts.id, newest)),
    ]);
    if (!account) throw new Error('The insert returned no account');
    return { account, session: row };
  } catch (error) {
    if (isTaken(error)) throw taken();
    throw error;
  }
};

/** The account that an identifier (username or e-mail address) names in a realm, with its hash and whether it is active or not. */
export const findByIdentifier = ({ db }: Using<'db'>, realm: Realm, identifier: string) =>
  db
    .select(getTableColumns(accounts))
    .from(identifiers)
    .innerJoin(accounts, eq(accounts.id, identifiers.accountId))
    .where(and(eq(identifiers.realm, realm), eq(identifiers.folded, foldIdentifier(identifier))))
    .get();
