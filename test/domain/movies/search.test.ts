import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { listMovies } from '../../../src/domain/movies/catalogue.ts';
import { importMovies } from '../../../src/domain/movies/imports.ts';
import { addMovie, changeMovie, type MovieFields, removeMovie } from '../../../src/domain/movies/movies.ts';
import { readSettings } from '../../../src/env.ts';
import worker from '../../../src/index.ts';
import { startBudget } from '../../../src/storage/requestBudget.ts';
import { openTools } from '../../../src/storage/tools.ts';
import { freshName } from '../../support/api.ts';
import { db } from '../../support/database.ts';

const open = () => openTools(env, readSettings(env), startBudget(60_000), () => {});

const movie = (name: string, director: string, more: Partial<MovieFields> = {}): MovieFields => ({
  name,
  director,
  popularity: 50,
  imdbScore: 5,
  genres: [],
  ...more,
});

/** The names of a director's movies that a search finds, in its order. */
const search = async (q: string, director: string) => {
  const tools = open();
  const page = await listMovies(tools, { q, director, limit: 100 });
  return page.items.map(({ name }) => name);
};

/** Titles, and what finds them. */
const FOUND: Record<string, string[]> = {
  千と千尋の神隠し: ['千尋', '千と千尋', '神', '千と千尋の神隠し'],
  となりのトトロ: ['トトロ', 'ﾄﾄﾛ', 'となり'],
  七人の侍: ['侍', '七人'],
  'ハリー・ポッターと賢者の石': ['ハリーポッター', 'ハリー・ポッター', '賢者'],
  '卧虎藏龙 Crouching Tiger': ['藏龙', '卧虎 tiger'],
  '기생충 (Parasite)': ['생충', '기생충', 'parasite'],
  สุริโยไท: ['ริโย'],
  'Spider-Man: Homecoming': ['spiderman', 'spider man', 'Spider-Man', 'spider-ma', 'spiderman home'],
  'Amazing Spiderwoman': ['amazing spider woman', 'spider-woman'],
  'The Amazing Ant Man': ['the amazing antman'],
  'S.W.A.T.': ['swat', 's w a t', 's.w.a.t.', 'S.W.A.T'],
  'Schindler’s List': ['schindlers', 'schindler s', "schindler's list", 'schindlers list'],
  WALL·E: ['walle', 'wall-e', 'wall e'],
  'M*A*S*H': ['mash'],
  'Die weiße Straße': ['weisse strasse', 'WEISSE', 'weiße', 'straße'],
  'Ærø øst': ['aero', 'ost', 'ÆRØ', 'øst'],
  'Œdipe Łódź Đurđević İstanbul': ['oedipe', 'lodz', 'durdevic', 'istanbul'],
  'Ёлки и Май': ['елки', 'ёлки', 'ЁЛКИ', 'маи'],
  'Η ΟΔΌΣ': ['οδος', 'οδόσ'],
  'Amélie Poulain': ['amelie', 'AMÉLIE', 'ame'],
  'Alien³ Directors’ Cut': ['alien3', 'alien 3', 'alien³'],
  '8½ Weeks': ['8½', '8 1/2'],
  हिन्दी: ['हिन्दी', 'हिन्'],
  '$9.99': ['9.99', '999', '$9.99'],
  'Romeo + Juliet': ['romeo juliet', 'romeo + juliet', 'romeo+juliet'],
  '🎬': ['🎬'],
  '?!': ['?!', '? !'],
  'Godfather International': [
    'godfathr',
    'godfatheer',
    'godfother',
    'godfahter',
    'godfathre internationl',
    'internatio',
    'god father',
  ],
  'Бумер Возвращение': ['возвращеие', 'возвращенне'],
  'Brave Heart': ['braveheart', 'brvae'],
};

describe.each(['added', 'imported'])('a movie that was %s', (how) => {
  const director = freshName('Searched');
  beforeAll(async () => {
    const movies = Object.keys(FOUND).map((name) => movie(name, director));
    if (how === 'added') for (const one of movies) await addMovie(open(), one);
    else
      await importMovies(
        open(),
        (async function* () {
          for (const [i, one] of movies.entries()) yield { row: i + 1, movie: one };
        })(),
        { partial: false, dryRun: false },
      );
  });

  it.each(Object.entries(FOUND).flatMap(([name, queries]) => queries.map((q) => [name, q])))(
    '“%s” is found by “%s”',
    async (name, q) => {
      expect(await search(q, director)).toContain(name);
    },
  );

  it.each([
    ['two typos', 'gdofathre'],
    ['a typo in a word of four letters', 'walk'],
    ['characters that do not stand side by side', '千神'],
    ['a word that is missing', 'amelie nothing'],
    ['only accents', '\u0301'],
  ])('is not found by %s', async (_, q) => {
    expect(await search(q, director)).toEqual([]);
  });
});

it('ranks an equal title first, then titles that begin so, whole words, beginnings of words; popular ones first', async () => {
  const director = freshName('Ranked');
  const word = freshName('Zebra').replaceAll('-', '');
  const titles: [string, number][] = [
    [`${word}s of the world`, 1],
    [`The ${word}`, 30],
    [`A ${word}`, 90],
    [`${word}!`, 2],
    [`${word} returns`, 5],
    [`The ${word}s`, 99],
  ];
  for (const [name, popularity] of titles) await addMovie(open(), movie(name, director, { popularity }));
  expect(await search(word, director)).toEqual([
    `${word}!`,
    `${word} returns`,
    `${word}s of the world`,
    `A ${word}`,
    `The ${word}`,
    `The ${word}s`,
  ]);
});

it.each([
  ['M', ['Murder', 'Me, Myself', 'M']],
  ['c++', ['C', 'The C Language', 'C++']],
  ['C', ['C++', 'Carrie', 'C']],
])('ranks the title that is equal to “%s” first', async (q, names) => {
  const director = freshName('Equal');
  for (const [i, name] of names.entries())
    await addMovie(open(), movie(name, director, { popularity: 90 - 40 * i }));
  const found = await search(q, director);
  expect(found[0]).toBe(names.at(-1));
  expect(found.length).toBeGreaterThan(1);
});

it('prefers what is spelled as asked: a typo counts only where nothing else matches', async () => {
  const director = freshName('Typed');
  const word = freshName('lantern').replaceAll('-', '');
  const misspelt = word.replace('lan', 'lam');
  await addMovie(open(), movie(`A ${word}`, director));
  expect(await search(misspelt, director)).toEqual([`A ${word}`]);
  await addMovie(open(), movie(`A ${misspelt}`, director));
  expect(await search(misspelt, director)).toEqual([`A ${misspelt}`]);
});

const textsOf = async (id: number) =>
  (
    await db.execute({
      sql: 'select title, director, rowid >> 40 as place from movie_texts where rowid & 1099511627775 = ?',
      args: [id],
    })
  ).rows.map(({ title, director, place }) => [title, director, Number(place)]);
const queued = async (id: number) =>
  (
    await db.execute({
      sql: 'select 1 from movie_text_queue where ? between first and last',
      args: [id],
    })
  ).rows.length;

it('keeps one text of a movie through changes of each field, and none after its removal', async () => {
  const director = freshName('Kept');
  const { id } = await addMovie(open(), movie('First Name', director, { popularity: 50 }));
  const folded = director.toLowerCase().split('-');
  const directorText = [...folded, folded.join('')].join(' ');
  const first = 'firstname. first name';
  expect([await textsOf(id), await queued(id)]).toEqual([[[first, directorText, 50]], 0]);
  await changeMovie(open(), id, { popularity: 50.7 });
  await changeMovie(open(), id, { popularity: 100 });
  expect(await textsOf(id)).toEqual([[first, directorText, 0]]);
  await changeMovie(open(), id, { name: 'Second', popularity: 0 });
  expect(await textsOf(id)).toEqual([['second. second', directorText, 100]]);
  await changeMovie(open(), id, { director: 'Other Kept' });
  expect(await textsOf(id)).toEqual([['second. second', 'other kept', 100]]);
  expect(await search('second', 'Other Kept')).toEqual(['Second']);
  await removeMovie(open(), id);
  expect(await textsOf(id)).toEqual([]);
});

it('keeps one text of a movie that is imported with another popularity', async () => {
  const director = freshName('Imported');
  const { id } = await addMovie(open(), movie('Same', director, { popularity: 10 }));
  for (const popularity of [10, 10.5, 80]) {
    async function* rows() {
      yield { row: 1, movie: movie('Same', director, { popularity }) };
    }
    await importMovies(open(), rows(), { partial: false, dryRun: false });
    expect(await textsOf(id)).toMatchObject([
      ['same. same', expect.anything(), 100 - Math.floor(popularity)],
    ]);
  }
  expect([await search('same', director), await queued(id)]).toEqual([['Same'], 0]);
});

it('finds a movie that SQL added, once the cron job has made its text', async () => {
  const director = freshName('Sql');
  await db.execute({
    sql: `insert into movies (name, director, director_folded, popularity, imdb_score, created_at, updated_at)
      values ('Łódź', ?, ?, 1, 1, 0, 0)`,
    args: [director, director.toLowerCase()],
  });
  expect(await search('lodz', director)).toEqual([]);
  const ctx = createExecutionContext();
  await worker.scheduled(createScheduledController({ cron: '*/10 * * * *' }), env, ctx);
  await waitOnExecutionContext(ctx);
  expect(await search('lodz', director)).toEqual(['Łódź']);
});
