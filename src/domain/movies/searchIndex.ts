import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../storage/database.ts';
import { movies, movieTextQueue, movieWords } from '../../storage/schema.ts';
import { textRowid } from './search.ts';
import { makeDirectorText, makeTitleText } from './searchText.ts';

/** The shortest word that a typo may need, or half of one. */
const MIN_WORD = sql.raw('3');

/** Adds the words of texts to the ones that unfinished and misspelt words are looked for among. A title as one word is none of them. */
export const addWords = (db: Database, texts: SQL) =>
  db.run(sql`
    insert or ignore into ${movieWords} (word)
    select distinct word.value from (${texts}) texts, json_each('["' || replace(texts.text, ' ', '","') || '"]') word
    where length(word.value) >= ${MIN_WORD} and word.value not like '%.'`);

/** Takes movies off the queue that were just added, and have their text: `ids` selects their ids. */
export const dequeue = (db: Database, ids: SQL) =>
  db.run(sql`
    delete from ${movieTextQueue} where first = last and first in (
      select ${movies.id} from ${movies} where ${movies.id} in (${ids})
        and exists (select 1 from movie_texts where rowid = ${textRowid}))`);

/** Statements that make an added movie findable. */
export const addTexts = (db: Database, id: SQL, movie: { name: string; director: string }) => {
  const [title, director] = [makeTitleText(movie.name), makeDirectorText(movie.director)];
  return [
    db.run(sql`
      insert into movie_texts (rowid, title, director)
      select ${textRowid}, ${title}, ${director} from ${movies} where ${movies.id} = ${id}`),
    addWords(db, sql`select ${`${title} ${director}`} as text`),
    dequeue(db, sql`select ${id}`),
  ];
};

/**
 * Statements that make a movie findable by its new name, its new director, or both. It stays queued, because the other half of its text
 * may be missing or old.
 */
export const changeTexts = (
  db: Database,
  id: number,
  movie: { name?: string | undefined; director?: string | undefined },
) => {
  const title = movie.name === undefined ? undefined : makeTitleText(movie.name);
  const director = movie.director === undefined ? undefined : makeDirectorText(movie.director);
  if (title === undefined && director === undefined) return [];
  return [
    db.run(sql`
      update movie_texts set title = coalesce(${title ?? null}, title), director = coalesce(${director ?? null}, director)
      where rowid = (select ${textRowid} from ${movies} where ${movies.id} = ${id})`),
    addWords(db, sql`select ${[title, director].filter(Boolean).join(' ')} as text`),
  ];
};
