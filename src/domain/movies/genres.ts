import { sql } from 'drizzle-orm';
import type { Database } from '../../storage/database.ts';
import { movieGenres } from '../../storage/schema.ts';
import { foldIdentifier, normaliseName } from '../text.ts';

export const MAX_GENRES = 50;
export const MAX_GENRE_LENGTH = 100;

const SEPARATOR = /[,|/]/;
/** How many genres of the catalogue are compared with a name that has a separator. */
const MAX_KNOWN = 10_000;

/** The genres of the catalogue whose names have a separator, folded. Skips from one genre to the next in the index. */
const readKnownNames = async (db: Database): Promise<Set<string>> => {
  const next = sql`select min(folded) from ${movieGenres}`;
  const rows = await db.select({ folded: sql<string>`folded` }).from(sql`(
      with recursive known(folded) as (
        ${next} union all select (${next} where folded > known.folded) from known
        where known.folded is not null limit ${sql.raw(`${MAX_KNOWN}`)})
      select folded from known where folded glob '*[,|/]*')`);
  return new Set(rows.map(({ folded }) => folded));
};

export type SplitGenres = {
  genres: string[];
  /** Names with a separator that were not split, because the catalogue has a genre of that name. */
  kept: string[];
};

/** Splits names such as `Drama, Action` into genres. The catalogue is asked once, and only if there is such a name. */
export const openGenreSplitter = (db: Database) => {
  let known: Promise<Set<string>> | undefined;
  return async (names: string[]): Promise<SplitGenres> => {
    const split: SplitGenres = { genres: [], kept: [] };
    for (const name of names) {
      if (!SEPARATOR.test(name)) split.genres.push(name);
      else {
        known ??= readKnownNames(db);
        const isKnown = (await known).has(foldIdentifier(name));
        if (isKnown) split.kept.push(name);
        split.genres.push(...(isKnown ? [name] : name.split(SEPARATOR).map(normaliseName).filter(Boolean)));
      }
    }
    return split;
  };
};
