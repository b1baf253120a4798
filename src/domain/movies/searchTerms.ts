import { type SQL, sql } from 'drizzle-orm';
import { movieWords } from '../../storage/schema.ts';
import type { Wanted } from './searchText.ts';

type Word = Extract<Wanted, { word: string }>;

/** The full-text index keeps prefixes of up to so many characters. The words for longer ones come from `movie_words`. */
const MAX_INDEXED_PREFIX = 4;
/** Of the words that begin like a longer one, and of those within one typo of it, so many are tried. */
const MAX_WORDS = 64;

/** A typo counts if the word as it should be, or as it is, has so many letters. */
const MIN_LENGTH_FOR_TYPO = 5;
const MAX_LENGTH_FOR_TYPO = 30;

/** Folded letters that may be missing or wrong in a word that has one of the same alphabet. */
const ALPHABETS = [
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'абвгдежзиклмнопрстуфхцчшщъыьэюяіґєђљњћџ',
  'αβγδεζηθικλμνξοπρστυφχψω',
  'אבגדהוזחטיךכלםמןנסעףפץצקרשת',
  'ءابةتثجحخدذرزسشصضطظعغفقكلمنهويىپچژگک',
].map((letters) => [...letters]);

const quote = (text: string) => sql`${`"${text}"`}`;

/** Further words, each after an OR. */
const orWords = (words: SQL) => sql`
  coalesce((select group_concat(' OR "' || word || '"', '') from (${words} limit ${sql.raw(`${MAX_WORDS}`)})), '')`;

const wordsFrom = (prefix: string) =>
  orWords(
    sql`select word from ${movieWords} where word > ${prefix} and word < ${`${prefix}\u{10ffff}`} order by word`,
  );

/** The words that one letter more, less or other, two letters exchanged, or a space make of this one. */
const wordsNear = (word: string) => {
  const letters = ALPHABETS.filter((alphabet) => alphabet.some((letter) => word.includes(letter))).flat();
  const places = JSON.stringify([...Array([...word].length + 1).keys()]);
  const isWord = (text: SQL) => sql`exists (select 1 from ${movieWords} where word = ${text})`;
  return orWords(sql`
    with typed(t, i) as (select ${word}, value from json_each(${places})),
      lettered(t, i, c) as (select t, i, value from typed, json_each(${JSON.stringify(letters)})),
      changed(n) as (
        select substr(t, 1, i) || substr(t, i + 2) from typed
        union select substr(t, 1, i) || substr(t, i + 2, 1) || substr(t, i + 1, 1) || substr(t, i + 3) from typed
        union select substr(t, 1, i) || c || substr(t, i + 2) from lettered
        union select substr(t, 1, i) || c || substr(t, i + 1) from lettered)
    select n as word from changed
      where max(length(n), length(${word})) >= ${sql.raw(`${MIN_LENGTH_FOR_TYPO}`)} and ${isWord(sql`n`)}
    union all select substr(t, 1, i) || ' ' || substr(t, i + 1) from typed
      where ${isWord(sql`substr(t, 1, i)`)} and ${isWord(sql`substr(t, i + 1)`)}`);
};

const mayHaveTypo = (word: string): boolean => {
  const { length } = [...word];
  return length >= MIN_LENGTH_FOR_TYPO - 1 && length <= MAX_LENGTH_FOR_TYPO && /\p{L}/u.test(word);
};

const beginning = ({ word, whole }: Word): SQL => {
  if (whole) return quote(word);
  if ([...word].length <= MAX_INDEXED_PREFIX) return sql`${quote(word)} || ' *'`;
  return sql`${quote(word)} || ${wordsFrom(word)}`;
};

const isSameWord = (a: Word, b: Word) => a.word === b.word && a.whole === b.whole;

/** The words in what is wanted, each once. */
export const collectWords = (wanted: Wanted): Word[] => {
  if ('word' in wanted) return [wanted];
  if ('phrase' in wanted) return [];
  const words = ('all' in wanted ? wanted.all : wanted.any).flatMap(collectWords);
  return words.filter((word, i) => words.findIndex((one) => isSameWord(one, word)) === i);
};

/** What is wanted as an expression of FTS5, in which each word is what `termsOf` makes of it. */
const writeExpression = (wanted: Wanted, termsOf: (word: Word) => string): string => {
  if ('word' in wanted) return termsOf(wanted);
  if ('phrase' in wanted) return `"${wanted.phrase.join(' ')}"`;
  const [parts, operator] = 'all' in wanted ? [wanted.all, ' AND '] : [wanted.any, ' OR '];
  return `(${parts.map((part) => writeExpression(part, termsOf)).join(operator)})`;
};

export const writeWholeWords = (wanted: Wanted): string => writeExpression(wanted, ({ word }) => `"${word}"`);

/**
 * Common table expressions with the words that begin like each word (`begun`), and with those within one typo of it as well (`near`),
 * each looked for once and only where it is used; and what writes expressions of FTS5 with them, which the database puts together.
 */
export const openTerms = (words: Word[]) => {
  const columnOf = (i: number) => sql.raw(`terms${i}`);
  const select = (write: (word: Word, i: number) => SQL) =>
    sql.join([sql`select 0`, ...words.map((word, i) => sql`${write(word, i)} as ${columnOf(i)}`)], sql`, `);
  const near = (word: Word, i: number) =>
    mayHaveTypo(word.word) ? sql`${columnOf(i)} || ${wordsNear(word.word)}` : columnOf(i);
  const tables = sql`begun as materialized (${select(beginning)}), near as materialized (${select(near)} from begun)`;

  const placeOf = (word: Word) => words.findIndex((one) => isSameWord(one, word));
  const write = (wanted: Wanted, table: 'begun' | 'near'): SQL => {
    const expression = sql`${writeExpression(wanted, (word) => `({${placeOf(word)}})`)}`;
    const replaced = words.reduce(
      (text, _, i) => sql`replace(${text}, ${`{${i}}`}, ${columnOf(i)})`,
      expression,
    );
    return sql`(select ${replaced} from ${sql.raw(table)})`;
  };
  return { tables, write };
};
