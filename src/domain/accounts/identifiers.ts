import { type SQL, sql } from 'drizzle-orm';
import { identifiers } from '../../storage/schema.ts';
import type { Realm } from './tokens.ts';

/** How a name is kept: in Unicode's composed form (NFC), without white space around it. */
export const normaliseName = (text: string) => text.normalize('NFC').trim();

/**
 * How an identifier is compared: compatibility forms (NFKC), case, and what is not seen do not tell two apart. Upper case first, since
 * lower case alone keeps ß from ss and the two forms of σ apart (Unicode, "caseless matching").
 */
export const foldIdentifier = (text: string) =>
  text
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .trim();

/** The id of the account that a username, and not an e-mail address, names in a realm: for the inside of a statement. */
export const idOfUsername = (realm: Realm, username: string): SQL<number> =>
  sql`(select ${identifiers.accountId} from ${identifiers} where ${identifiers.realm} = ${realm} and ${identifiers.folded} = ${foldIdentifier(username)} and ${identifiers.kind} = 'username')`;
