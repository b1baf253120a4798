import { beforeAll, expect, it } from 'vitest';
import { atOnce, freshName, type Session } from '../support/api.ts';
import { db, makeAdmin } from '../support/database.ts';
import { call, register } from '../support/worker.ts';

let admin: string;
beforeAll(async () => {
  const session: Session = await register();
  await makeAdmin(session.username);
  admin = session.access_token;
});

const send = (text: string | Uint8Array, query = '', path = '/movies/import') =>
  call('POST', `${path}${query}`, {
    token: admin,
    file: { bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text, name: 'movies' },
  });

const movie = (name: string, more: object = {}) => ({
  name,
  '99popularity': 83,
  imdb_score: 8.3,
  genre: ['Adventure', ' Family', ' Fantasy', ' Musical'],
  director: 'Victor Fleming',
  ...more,
});

const find = async (name: string) =>
  (await db.execute({ sql: 'select * from movies where name = ? order by id', args: [name] })).rows;
const genresOf = async (id: unknown) =>
  (
    await db.execute({
      sql: 'select genre from movie_genres where movie_id = ? order by position',
      args: [id as number],
    })
  ).rows.map(({ genre }) => genre);
const staged = async () =>
  (
    await db.batch([
      'select count(*) as n from import_rows',
      'select count(*) as n from imports where committed_at is null',
    ])
  ).map(({ rows }) => rows[0]?.n);
const none = {
  added: 0,
  changed: 0,
  unchanged: 0,
  superseded: 0,
  refused: 0,
  refusals: [],
  warnings: [],
  dry_run: false,
};

/** As many movies as the file of the documented API has, with its stray spaces and two movies of one name. */
const catalogue = (size: number) => {
  const mark = freshName('f');
  const movies = Array.from({ length: size - 2 }, (_, i) =>
    movie(` ${mark} ${i} `, { imdb_score: (i % 101) / 10 }),
  );
  movies.push(
    movie(`${mark} Batman`, { director: 'Tim Burton' }),
    movie(`${mark} Batman`, { director: 'Leslie H. Martinson' }),
  );
  return { mark, movies };
};

it('imports a file, and changes nothing when it imports the same file again', async () => {
  const { mark, movies } = catalogue(248);
  const text = JSON.stringify(movies, null, 2);
  const first = await send(text, '', '/upload');
  const { data: _, ...answered } = first.body;
  expect([first.status, answered]).toEqual([200, { ...none, read: 248, added: 248 }]);
  const [batman, other] = await find(`${mark} Batman`);
  expect([batman?.director, other?.director].sort()).toEqual(['Leslie H. Martinson', 'Tim Burton']);
  const [one] = await find(`${mark} 7`);
  expect(one).toMatchObject({ popularity: 83, imdb_score: 0.7, director: 'Victor Fleming' });
  expect(await genresOf(one?.id)).toEqual(['Adventure', 'Family', 'Fantasy', 'Musical']);
  const rows = { sql: 'select * from movies where name glob ? order by id', args: [`${mark} *`] };
  const before = await db.execute(rows);
  const again = await send(text);
  expect(again.body).toEqual({ ...none, read: 248, unchanged: 248 });
  expect((await db.execute(rows)).rows).toEqual(before.rows);
  expect((await call('GET', `/movies?q=${mark}+batman`, { token: admin })).body.movies).toHaveLength(2);
  expect(await staged()).toEqual([0, 0]);
});

it('changes only movies that differ, even if only in a genre', async () => {
  const { mark, movies } = catalogue(10);
  await send(JSON.stringify(movies));
  const ids = (await find(`${mark} 1`)).map(({ id }) => id);
  movies[1] = movie(`${mark} 1`, {
    imdb_score: 0.1,
    genre: ['Family', 'Adventure', 'A "quoted" \\ genre ü'],
  });
  movies[2] = movie(`${mark} 2`, { imdb_score: 9.9 });
  const { body } = await send(JSON.stringify(movies));
  expect(body).toEqual({ ...none, read: 10, changed: 2, unchanged: 8 });
  const [changed] = await find(`${mark} 1`);
  expect([changed?.id]).toEqual(ids);
  expect(Number(changed?.updated_at)).toBeGreaterThan(Number(changed?.created_at));
  expect(await genresOf(changed?.id)).toEqual(['Family', 'Adventure', 'A "quoted" \\ genre ü']);
  const ofGenre = await call('GET', `/movies?genre=family&sort=imdbScore&order=desc&min_score=9.9`, {
    token: admin,
  });
  expect(ofGenre.body.movies.map(({ movie_name }: { movie_name: string }) => movie_name)).toContain(
    `${mark} 2`,
  );
  expect((await send(JSON.stringify(movies))).body).toEqual({ ...none, read: 10, unchanged: 10 });
});

it('reads NDJSON, CSV, a byte order mark, and the field names of POST /movies', async () => {
  const name = freshName('formats');
  const ours = { movie_name: `${name} 1`, popularity: 1.5, imdbScore: 2, genre: ['Drama'], director: 'Ä' };
  const ndjson = `${JSON.stringify(ours)}\r\n\n${JSON.stringify(movie(`${name} 2`))}`;
  expect((await send(ndjson)).body).toEqual({ ...none, read: 2, added: 2 });
  const csv = [
    '\uFEFFname, 99popularity ,imdb_score,genre,director,notes',
    `"${name} ""3"", the movie",83.5, 7 ,Action | Drama|,"Burton, Tim",x`,
    `${name} 4,0,10,,Ä,`,
    '',
  ].join('\r\n');
  expect((await send(csv)).body).toEqual({ ...none, read: 2, added: 2 });
  const [third] = await find(`${name} "3", the movie`);
  expect(third).toMatchObject({ popularity: 83.5, imdb_score: 7, director: 'Burton, Tim' });
  expect(await genresOf(third?.id)).toEqual(['Action', 'Drama']);
  expect((await send('[]')).body).toEqual({ ...none, read: 0 });
});

it('refuses the whole file for one bad row, and reports the row, field, value and reason', async () => {
  const name = freshName('refused');
  const rows = [
    movie(`${name} 1`),
    movie(`${name} 2`, { imdb_score: 11, '99popularity': 'much' }),
    3,
    movie(' ', { genre: 'Drama' }),
    { name: `${name} 5`, genre: [], popularity: 1, imdb_score: 1 },
  ];
  const { status, headers, body } = await send(JSON.stringify(rows));
  expect([status, headers.get('Content-Type')]).toEqual([422, 'application/problem+json']);
  expect(body).toMatchObject({ ...none, code: 'invalid', read: 5, refused: 4, refusals: expect.anything() });
  expect(body.refusals).toEqual([
    { row: 2, field: '99popularity', value: 'much', reason: 'must be a number' },
    { row: 3, field: null, value: 3, reason: 'must be an object' },
    { row: 4, field: 'name', value: ' ', reason: expect.any(String) },
    { row: 5, field: 'director', value: null, reason: 'is required' },
  ]);
  expect(await find(`${name} 1`)).toEqual([]);
  const dry = await send(JSON.stringify(rows), '?dry_run=true');
  expect([dry.status, dry.body]).toMatchObject([200, { dry_run: true, added: 1, refused: 4 }]);
  expect(await find(`${name} 1`)).toEqual([]);
  const partial = await send(JSON.stringify(rows), '?partial=true');
  expect([partial.status, partial.body]).toMatchObject([
    200,
    { added: 1, refused: 4, refusals: body.refusals },
  ]);
  expect(await find(`${name} 1`)).toHaveLength(1);
  const again = await send(JSON.stringify(rows), '?partial=true&dry_run=true');
  expect(again.body).toMatchObject({ added: 0, unchanged: 1, refused: 4 });
  expect(await staged()).toEqual([0, 0]);
});

it('counts rows from 1 in NDJSON and CSV too, and lists at most a thousand refusals', async () => {
  const lines = await send(`${JSON.stringify(movie(freshName()))}\nno JSON\n[1]\n${'x'.repeat(70_000)}\n`);
  expect(lines.body.refusals).toMatchObject([
    { row: 2, field: null },
    { row: 3, field: null },
    { row: 4, field: null },
  ]);
  const csv = `name,99popularity,imdb_score,genre,director\nx,1,1,,x\nx,1\n${'x,1,,,x\n'.repeat(1_200)}`;
  const { body } = await send(csv);
  expect(body).toMatchObject({ read: 1_202, refused: 1_201 });
  expect(body.refusals).toHaveLength(1_000);
  expect(body.refusals[0]).toMatchObject({ row: 2, field: null });
  expect(body.refusals[1]).toMatchObject({ row: 3, field: 'imdb_score', value: '' });
});

it.each([';', '\t'])(
  'reads CSV with fields separated by “%s” and column names in any case',
  async (delimiter) => {
    const name = freshName('delimiter');
    const lines = [
      ['Name', 'IMDB_Score', '99Popularity', 'Director', 'Genre'],
      [name, '8', '1', 'Burton, Tim', 'Drama|Action'],
    ];
    const { body } = await send(lines.map((line) => line.join(delimiter)).join('\n'));
    expect(body).toEqual({ ...none, read: 1, added: 1 });
    expect(await find(name)).toMatchObject([{ director: 'Burton, Tim', imdb_score: 8 }]);
  },
);

it('does nothing if an option is misspelt or outside of the query', async () => {
  const name = freshName('misspelt');
  for (const query of ['?dryrun=true', '?dry_run=maybe'])
    expect((await send(JSON.stringify([movie(name)]), query)).status).toBe(422);
  const form = new FormData();
  form.set('file', new File([JSON.stringify([movie(name)])], 'movies.json'));
  form.set('dry_run', 'true');
  const { status, body } = await call('POST', '/movies/import', { token: admin, body: form });
  expect([status, body.detail]).toEqual([422, expect.stringContaining('?dry_run=true')]);
  expect(await find(name)).toEqual([]);
});

it('uses the last of several rows that name one movie', async () => {
  const name = freshName('twice');
  const rows = [
    movie(name, { imdb_score: 1 }),
    movie(` ${name}`, { imdb_score: 2 }),
    movie(name, { director: 'Another' }),
  ];
  expect((await send(JSON.stringify(rows))).body).toEqual({ ...none, read: 3, added: 2, superseded: 1 });
  expect((await find(name)).map(({ imdb_score }) => imdb_score).sort()).toEqual([2, 8.3]);
  expect((await send(JSON.stringify(rows))).body).toEqual({ ...none, read: 3, unchanged: 2, superseded: 1 });
});

it.each([
  ['an empty file', '', 422],
  ['white space', ' \n ', 422],
  ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff]), 400],
  ['an array that ends early', '[{"name": "x"},', 400],
  ['an array with a fault', '[{"name": x}]', 400],
  ['something after the array', '[] []', 400],
  ['an array with a row of 900 kB', `[{"name": "${'x'.repeat(900_000)}"}]`, 400],
  ['an array of great depth', `${'['.repeat(100_000)}`, 400],
  ['a CSV with one name twice', 'name,Name,99popularity,imdb_score,genre,director\n', 422],
  ['what is none of the three', 'PK\u0003\u0004', 422],
  ['a CSV without its columns', 'name,director\nx,y\n', 422],
  ['a CSV with an open quote', 'name,99popularity,imdb_score,genre,director\n"x,1,1,,x\n', 400],
  [
    'a CSV with an endless record',
    `name,99popularity,imdb_score,genre,director\n"${'x'.repeat(200_000)}`,
    400,
  ],
  ['more rows than an import has', `[${'{},'.repeat(100_000)}{}]`, 413],
])('refuses %s', async (_, text, status) => {
  const answer = await send(text);
  expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
  expect(await staged()).toEqual([0, 0]);
});

it('imports ten thousand rows in several requests, and one movie twenty times simultaneously', async () => {
  const { mark, movies } = catalogue(12_000);
  const { body } = await send(movies.map((one) => JSON.stringify(one)).join('\n'));
  expect(body).toEqual({ ...none, read: 12_000, added: 12_000 });
  const { rows } = await db.execute({
    sql: 'select count(*) as n from movies where name glob ?',
    args: [`${mark} *`],
  });
  expect(rows[0]?.n).toBe(12_000);
  const name = freshName('race');
  const { answers, statuses } = await atOnce(20, (i) =>
    send(JSON.stringify([movie(name, { imdb_score: i / 10 })])),
  );
  expect(statuses).toEqual({ 200: 20 });
  expect(answers.reduce((sum, { body }) => sum + body.added, 0)).toBe(1);
  expect(await find(name)).toHaveLength(1);
});

it('splits genres at commas, bars and slashes, unless the catalogue has a genre of that name', async () => {
  const name = freshName('genres');
  const known = `${freshName('Rock')}/Pop`;
  const json = { movie_name: `${name} 0`, popularity: 1, imdbScore: 1, genre: [known], director: 'x' };
  expect((await call('POST', '/movies', { token: admin, json })).status).toBe(201);
  const long = Array.from({ length: 20 }, (_, i) => `Genre ${i}`).join(', ');
  const rows = [
    movie(`${name} 1`, { genre: ['Drama, Action', 'Sci-Fi/Fantasy|Horror', 'drama', ' , '] }),
    movie(`${name} 2`, { genre: [known.toUpperCase(), 'Drama'] }),
    movie(`${name} 3`, { genre: long }),
  ];
  const { status, body } = await send(JSON.stringify(rows));
  const warning = {
    field: 'genre',
    value: known.toUpperCase(),
    reason: expect.stringContaining('not split'),
  };
  expect([status, body]).toEqual([200, { ...none, read: 3, added: 3, warnings: [{ row: 2, ...warning }] }]);
  const genres = async (row: number) => genresOf((await find(`${name} ${row}`))[0]?.id);
  expect(await genres(1)).toEqual(['Drama', 'Action', 'Sci-Fi', 'Fantasy', 'Horror']);
  expect(await genres(2)).toEqual([known.toUpperCase(), 'Drama']);
  expect(await genres(3)).toHaveLength(20);
  const csv = `name,99popularity,imdb_score,genre,director\n${name} 4,1,1,"Drama, Action",x\n`;
  expect((await send(csv)).body).toEqual({ ...none, read: 1, added: 1 });
  expect(await genres(4)).toEqual(['Drama', 'Action']);
});

it('refuses a row whose genres are too many or too long once they are split', async () => {
  const many = Array.from({ length: 51 }, (_, i) => i).join(',');
  const rows = [movie('x', { genre: [many] }), movie('y', { genre: `Drama, ${'x'.repeat(101)}` })];
  const { status, body } = await send(JSON.stringify(rows));
  expect([status, body.refusals]).toEqual([
    422,
    [
      { row: 1, field: 'genre', value: null, reason: 'must have at most 50 items' },
      { row: 2, field: 'genre', value: 'x'.repeat(100), reason: 'must be at most 100 characters' },
    ],
  ]);
});
