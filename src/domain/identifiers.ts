import { type SQL, sql } from 'drizzle-orm';
import { identifiers } from '../storage/schema.ts';
import type { Realm } from './tokens.ts';

/** How a name is kept: in Unicode's composed form (NFC), without white space around it. */
export const normaliseName = (text: string) => text.normalize('NFC').trim();

/** How an identifier is compared: compatibility forms (NFKC) and case do not tell two apart. */
export const foldIdentifier = (text: string) => text.normalize('NFKC').trim().toLowerCase();

/** The id of the account that a username, and not an e-mail address, names in a realm: for the inside of a statement. */
export const idOfUsername = (realm: Realm, username: string): SQL<number> =>
  sql`(select ${identifiers.accountId} from ${identifiers} where ${identifiers.realm} = ${realm} and ${identifiers.folded} = ${foldIdentifier(username)} and ${identifiers.kind} = 'username')`;
