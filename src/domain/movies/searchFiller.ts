import { and, asc, gte, lte, sql } from 'drizzle-orm';
import type { Database } from '../../storage/database.ts';
import { batch } from '../../storage/rows.ts';
import { movies, movieTextQueue } from '../../storage/schema.ts';
import type { Using } from '../../storage/tools.ts';
import { textRowid } from './search.ts';
import { addWords } from './searchIndex.ts';
import { makeDirectorText, makeTitleText } from './searchText.ts';

/** So many texts are written while the writer's lock is held for a tenth of a second or so. */
const PAGE = 250;

type Range = typeof movieTextQueue.$inferSelect;
type Row = { id: number; name: string; director: string };
type TextPage = { rows: Row[]; done: Range[]; rest: Range | undefined };

/** Movies that wait for their text, the ranges that they are all of, and what of a further range is left. */
const readTextPage = async (db: Database): Promise<TextPage> => {
  const { first, last } = movieTextQueue;
  const ofPage = db.select({ first }).from(movieTextQueue).orderBy(asc(first)).limit(PAGE).as('of_page');
  const { ranges, rows } = await batch(db, {
    ranges: db.select().from(movieTextQueue).orderBy(asc(first)).limit(PAGE),
    rows: db
      .select({ id: movies.id, name: movies.name, director: movies.director, first })
      .from(movieTextQueue)
      .crossJoin(movies)
      .where(
        and(
          gte(movies.id, first),
          lte(movies.id, last),
          lte(first, db.select({ end: sql`max(${ofPage.first})` }).from(ofPage)),
        ),
      )
      .orderBy(asc(first), asc(movies.id))
      .limit(PAGE),
  });
  const end = rows.length === PAGE ? rows.at(-1) : undefined;
  if (!end) return { rows, done: ranges, rest: undefined };
  const done = ranges.filter((range) => range.first <= end.first);
  const next = { first: end.id + 1, last: done.at(-1)?.last ?? end.id };
  return { rows, done, rest: next.first <= next.last ? next : undefined };
};

const writeTextPage = (db: Database, { rows, done, rest }: TextPage) => {
  const texts = rows.map((row) => ({
    ...row,
    title: makeTitleText(row.name),
    text: makeDirectorText(row.director),
  }));
  const given = sql`json_each(${JSON.stringify(texts)}) given cross join ${movies} on ${movies.id} = given.value ->> 'id'`;
  const isSame = sql`${movies.name} = given.value ->> 'name' and ${movies.director} = given.value ->> 'director'`;
  return batch(db, {
    // REPLACE: a text that exists is an old one
    texts: db.run(sql`
      insert or replace into movie_texts (rowid, title, director)
      select ${textRowid}, given.value ->> 'title', given.value ->> 'text' from ${given} where ${isSame} order by 1`),
    words: addWords(db, sql`select ${texts.map(({ title, text }) => `${title} ${text}`).join(' ')} as text`),
    done: db.run(sql`
      delete from ${movieTextQueue} where (first, last) in (
        select value ->> 'first', value ->> 'last' from json_each(${JSON.stringify(done)}))`),
    rest:
      rest &&
      db.run(
        sql`insert or replace into ${movieTextQueue} (first, last) values (${rest.first}, ${rest.last})`,
      ),
    renamed: db.run(sql`
      insert or ignore into ${movieTextQueue} (first, last)
      select ${movies.id}, ${movies.id} from ${given} where not (${isSame})`),
  });
};

/**
 * Makes the search texts of movies that wait for them, in pages of 250. Each page is one atomic batch, which also takes the page off the
 * queue; so it may die or run twice at any moment. A movie that is renamed meanwhile is queued again. Answers how many texts were made,
 * and whether any movie may still wait.
 */
export const fillTexts = async (
  { db }: Using<'db'>,
  maxPages: number,
): Promise<{ texts: number; left: boolean }> => {
  let texts = 0;
  for (let pages = 0; pages < maxPages; pages++) {
    const page = await readTextPage(db);
    if (page.done.length === 0) return { texts, left: false };
    await writeTextPage(db, page);
    texts += page.rows.length;
  }
  return { texts, left: true };
};
