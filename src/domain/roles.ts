import { and, eq, ne, or, sql } from 'drizzle-orm';
import type { Using } from '../env.ts';
import { Refusal } from '../refusal.ts';
import { accounts } from '../storage/schema.ts';
import { idOfUsername } from './identifiers.ts';

export type Role = (typeof accounts.$inferSelect)['role'];

/**
 * Gives a member the role of administrator, or takes it. The last active administrator keeps it: the one statement's condition sees to
 * that under concurrency too. @throws Refusal `not_found` for an unknown username, `conflict` for the last administrator
 */
export const changeRole = async ({ db }: Using<'db'>, username: string, role: Role): Promise<void> => {
  const others = sql`exists (select 1 from accounts other where other.role = 'admin' and other.deactivated_at is null and other.id <> ${accounts.id})`;
  const allowed = or(sql`${role} = 'admin'`, ne(accounts.role, 'admin'), sql`${accounts.deactivatedAt} is not null`, others);
  const member = eq(accounts.id, idOfUsername('member', username));
  const [changed, known] = await db.batch([
    db.update(accounts).set({ role }).where(and(member, allowed)).returning({ id: accounts.id }),
    db.select({ id: accounts.id }).from(accounts).where(member),
  ]);
  if (known.length === 0) throw new Refusal('not_found', `There is no member called ${username}.`);
  if (changed.length === 0)
    throw new Refusal('conflict', 'The last active administrator keeps the role: grant it to somebody else first.');
};
