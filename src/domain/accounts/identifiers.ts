import { and, eq, type SQL, sql } from 'drizzle-orm';
import { identifiers } from '../../storage/schema.ts';
import { foldIdentifier } from '../text.ts';
import type { Realm } from './tokens.ts';

/**
 * An expression for the id of the account that a username of this realm names. An e-mail address names none
 * here.
 */
export const idOfUsername = (realm: Realm, username: string): SQL<number> =>
  sql`(select ${identifiers.accountId} from ${identifiers} where ${and(
    eq(identifiers.realm, realm),
    eq(identifiers.folded, foldIdentifier(username)),
    eq(identifiers.kind, 'username'),
  )})`;
