import { type SQL, sql } from 'drizzle-orm';
import { movies } from '../../storage/schema.ts';
import { collectWords, openTerms, writeWholeWords } from './searchTerms.ts';
import { anyOf, readSearchQuery, type Wanted } from './searchText.ts';

/**
 * The rowid of a movie in `movie_texts`: its popularity, in whole steps from the top, above its id. So the index yields the most popular
 * matches first. The triggers in `migrations/` say the same.
 */
export const textRowid = sql`(((100 - cast(${movies.popularity} as integer)) << 40) | ${movies.id})`;
const ID_MASK = sql.raw(`${2 ** 40 - 1}`);

/** Of the movies that match in one way, this many are ranked: the most popular. */
const MAX_RANKED = sql.raw('1000');
/** Of the movies with the longest word of a query, this many are looked through for its other words: the most popular. */
const MAX_SCANNED = sql.raw('50000');
const MAX_ROWID = sql.raw('9223372036854775807');

const lengthOf = (wanted: Wanted): number => {
  if ('word' in wanted) return wanted.word.length;
  if ('phrase' in wanted) return wanted.phrase.length + 1;
  return Math.max(...('all' in wanted ? wanted.all : wanted.any).map(lengthOf));
};

/** What every match contains, and the index finds without intersecting lists: the longest word. */
const mainPart = (wanted: Wanted): Wanted => {
  if ('word' in wanted) return wanted;
  if ('phrase' in wanted) return wanted.phrase.length > 1 ? { phrase: wanted.phrase.slice(0, 1) } : wanted;
  if ('any' in wanted) return { any: wanted.any.map(mainPart) };
  return mainPart(
    wanted.all.reduce((longest, part) => (lengthOf(part) > lengthOf(longest) ? part : longest)),
  );
};

const textsWith = (terms: SQL) => sql`from movie_texts where movie_texts match ${terms}`;

/** Movies that match, each with its tier. `write` writes an expression of what is wanted. */
const selectMatches = (wanted: Wanted, tier: number, write: (wanted: Wanted) => SQL): SQL => {
  const main = mainPart(wanted);
  const end = sql`select rowid ${textsWith(write(main))} order by rowid limit 1 offset ${MAX_SCANNED}`;
  const scanned = main === wanted ? undefined : sql`and rowid <= coalesce((${end}), ${MAX_ROWID})`;
  return sql`
    select rowid, ${sql.raw(`${tier}`)} as tier, title ${textsWith(write(wanted))} ${scanned}
    order by rowid limit ${MAX_RANKED}`;
};

/**
 * The ids of the movies that match a query, each with its tier, as a table in parentheses; undefined for a query without words. Tiers,
 * best first: 0 an equal title, 1 a title that begins with the query, 2 all its words, 3 words that begin so, 4 a typo. Typos are
 * looked for only if nothing else matches.
 */
export const findMatches = (q: string): SQL | undefined => {
  const { title, words, joined } = readSearchQuery(q);
  if (!title) return undefined;
  const whole = (wanted: Wanted) => sql`${writeWholeWords(wanted)}`;
  const equal = selectMatches({ phrase: [title] }, 0, whole);
  if (!words) return sql`(select rowid & ${ID_MASK} as id, tier from (${equal}))`;
  const { tables, write } = openTerms(collectWords(words));
  const begun = selectMatches(words, 3, (wanted) => write(wanted, 'begun'));
  const near = selectMatches(anyOf([words, ...joined]), 4, (wanted) => write(wanted, 'near'));
  const beginning = title.slice(0, -1);
  return sql`(
    with ${tables},
    found as materialized (
      select * from (${equal})
      union all select * from (${selectMatches(words, 2, whole)})
      union all select * from (${begun})),
    ranked as (
      select rowid, case when tier > 0 and substr(title, 1, length(${beginning})) = ${beginning} then 1 else tier end as tier
      from found
      union all select rowid, tier from (select 1 where not exists (select 1 from found)) cross join (${near}))
    select rowid & ${ID_MASK} as id, min(tier) as tier from ranked group by 1)`;
};
