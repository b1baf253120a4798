import { and, eq, isNotNull, ne, or, sql } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { batch } from '../../storage/rows.ts';
import { accounts } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { idOfUsername } from './identifiers.ts';

export type Role = (typeof accounts.$inferSelect)['role'];

/**
 * For the `where` of an update of `accounts`: whether somebody who is an active administrator remains if the row's role or activity
 * becomes this. Under concurrency too, since the one statement decides.
 */
export const keepsAnAdministrator = ({
  role,
  active,
}: {
  role?: Role | undefined;
  active?: boolean | undefined;
}) => {
  if (role !== 'user' && active !== false) return undefined;
  const others = sql`exists (select 1 from accounts other where other.role = 'admin' and other.deactivated_at is null and other.id <> ${accounts.id})`;
  return or(ne(accounts.role, 'admin'), isNotNull(accounts.deactivatedAt), others);
};

export const lastAdministrator = () =>
  new ApiError(
    'conflict',
    'The last active administrator can be neither demoted nor deactivated: make another one first.',
  );

/**
 * Gives a member the role of administrator, or takes it.
 * @throws ApiError `not_found` for an unknown username, `conflict` for the last active administrator
 */
export const changeRole = async ({ db }: Using<'db'>, username: string, role: Role): Promise<void> => {
  const member = eq(accounts.id, idOfUsername('member', username));
  const { changed, known } = await batch(db, {
    changed: db
      .update(accounts)
      .set({ role })
      .where(and(member, keepsAnAdministrator({ role })))
      .returning({ id: accounts.id }),
    known: db.select({ id: accounts.id }).from(accounts).where(member),
  });
  if (known.length === 0) throw new ApiError('not_found', `There is no member called ${username}.`);
  if (changed.length === 0) throw lastAdministrator();
};
