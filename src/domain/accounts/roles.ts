import { and, eq, isNotNull, ne, or, sql } from 'drizzle-orm';
import { ApiError } from '../../errors.ts';
import { batch } from '../../storage/rows.ts';
import { accounts } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { idOfUsername } from './identifiers.ts';

export type Role = (typeof accounts.$inferSelect)['role'];

/**
 * For the `where` of an update of `accounts`: an active administrator remains after this change. It holds
 * under concurrency, because the statement itself decides.
 */
export const keepsAnAdministrator = ({
  role,
  active,
}: {
  role?: Role | undefined;
  active?: boolean | undefined;
}) => {
  if (role !== 'user' && active !== false) return undefined;
  const others = sql`exists (select 1 from accounts other
    where other.role = 'admin' and other.deactivated_at is null and other.id <> ${accounts.id})`;
  return or(ne(accounts.role, 'admin'), isNotNull(accounts.deactivatedAt), others);
};

export const lastAdministrator = () =>
  new ApiError(
    'conflict',
    'The last active administrator cannot be demoted or deactivated. Appoint another administrator first.',
  );

/**
 * Changes the role of a member.
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
