import { beforeAll, describe, expect, it } from 'vitest';
import { atOnce, freshName, type Session } from '../support/api.ts';
import { db, makeAdmin } from '../support/database.ts';
import { call, ORIGIN, register } from '../support/worker.ts';

let admin: string;
let member: string;
beforeAll(async () => {
  const session: Session = await register();
  await makeAdmin(session.username);
  admin = session.access_token;
  member = (await register()).access_token;
});

const batman = (more: object = {}) => ({
  movie_name: freshName('Batman'),
  popularity: 77.5,
  imdbScore: 7.5,
  genre: [' Action', 'Adventure ', 'action'],
  director: 'Tim Burton',
  ...more,
});
const add = async (more: object = {}) => {
  const { status, body, text } = await call('POST', '/movies', { token: admin, json: batman(more) });
  expect(status, text).toBe(201);
  return body;
};

const walk = async (path: string) => {
  const found: { id: number; movie_name: string }[] = [];
  let next: string | undefined = path;
  while (next) {
    const { status, body, headers, text } = await call('GET', next, { token: member });
    expect(status, text).toBe(200);
    found.push(...body.movies);
    next = /<(.+)>; rel="next"/.exec(headers.get('Link') ?? '')?.[1]?.replace(ORIGIN, '');
  }
  return found;
};

it('adds, reads, changes and removes a movie', async () => {
  const json = batman();
  const { status, body, headers } = await call('POST', '/add_movies', { token: admin, json });
  expect(status).toBe(201);
  expect(headers.get('Location')).toBe(`/movies/${body.id}`);
  expect(body).toMatchObject({ ...json, genre: ['Action', 'Adventure'] });
  expect((await call('GET', `/movies/${body.id}`, { token: member })).body).toEqual(body);
  expect((await call('POST', `/search_movies_id/${body.id}`, { token: admin })).body).toEqual({
    ...body,
    response: body,
  });
  const changed = await call('PATCH', `/movies/${body.id}`, {
    token: admin,
    json: { popularity: 1, genre: ['Drama'] },
  });
  expect(changed.body).toMatchObject({
    movie_name: json.movie_name,
    popularity: 1,
    genre: ['Drama'],
    imdbScore: 7.5,
  });
  const again = await call('POST', '/update_movies', {
    token: admin,
    json: { id: body.id, director: 'Somebody' },
  });
  expect(again.body).toMatchObject({ director: 'Somebody', genre: ['Drama'] });
  const removed = await call('DELETE', `/movies/${body.id}`, { token: admin });
  expect([removed.status, removed.text]).toEqual([204, '']);
  for (const [method, path] of [
    ['GET', `/movies/${body.id}`],
    ['PATCH', `/movies/${body.id}`],
    ['DELETE', `/movies/${body.id}`],
  ] as const)
    expect((await call(method, path, { token: admin, ...(method === 'PATCH' && { json: {} }) })).status).toBe(
      404,
    );
  expect(
    (await db.execute({ sql: 'select 1 from movie_genres where movie_id = ?', args: [body.id] })).rows,
  ).toEqual([]);
});

it('ignores an empty filter', async () => {
  const { id } = await add();
  const { status, body, text } = await call(
    'GET',
    '/movies?q=&genre=&director=&min_score=&max_score=&sort=&order=desc&limit=1',
    {
      token: member,
    },
  );
  expect(status, text).toBe(200);
  expect(body.movies[0].id).toBe(id);
});

it('allows one name with two directors, but each name and director only once', async () => {
  const { movie_name, id } = await add();
  await add({ movie_name, director: 'Leslie H. Martinson' });
  expect(
    (await call('POST', '/movies', { token: admin, json: batman({ movie_name: ` ${movie_name} ` }) })).status,
  ).toBe(409);
  const other = await add();
  expect((await call('PATCH', `/movies/${other.id}`, { token: admin, json: { movie_name } })).status).toBe(
    409,
  );
  expect((await call('GET', `/movies/${id}`, { token: member })).body.movie_name).toBe(movie_name);
  const name = freshName();
  const { statuses } = await atOnce(10, () =>
    call('POST', '/movies', { token: admin, json: batman({ movie_name: name }) }),
  );
  expect(statuses).toEqual({ 201: 1, 409: 9 });
});

it.each([
  ['movie_name', ''],
  ['movie_name', 5],
  ['popularity', 101],
  ['popularity', '50'],
  ['imdbScore', -1],
  ['imdbScore', 10.1],
  ['genre', 'Drama'],
  ['genre', [1]],
  ['director', undefined],
])('refuses the value of %s: %j', async (field, value) => {
  const { status, body } = await call('POST', '/movies', { token: admin, json: batman({ [field]: value }) });
  expect(status).toBe(422);
  expect(body.errors[0].pointer).toMatch(new RegExp(`^#/${field}`));
});

describe('lists of movies', () => {
  const genre = freshName('Genre');
  const director = freshName('Director');
  const scores = [9, 1, 5, 5, 3, 7, 5];
  beforeAll(async () => {
    for (const [i, imdbScore] of scores.entries())
      await add({
        movie_name: `${freshName()} ${'cab'[i % 3]}`,
        imdbScore,
        popularity: i * 10,
        genre: ['X', genre],
        director,
      });
  });

  const filters = () => [
    `genre=${genre.toUpperCase()}`,
    `director=${director}`,
    `genre=${genre}&director=${director}`,
  ];

  it.each(['created_at', 'name', 'popularity', 'imdbScore'])(
    'sorted by %s have every movie once, in both orders',
    async (sort) => {
      for (const filter of filters()) {
        const whole = (await walk(`/movies?sort=${sort}&limit=100&${filter}`)).map(({ id }) => id);
        expect(whole).toHaveLength(scores.length);
        for (const limit of [1, 3])
          expect(
            (await walk(`/movies?sort=${sort}&order=asc&limit=${limit}&${filter}`)).map(({ id }) => id),
          ).toEqual(whole);
        expect((await walk(`/movies?sort=${sort}&order=DESC&limit=2&${filter}`)).map(({ id }) => id)).toEqual(
          whole.toReversed(),
        );
      }
    },
  );

  it('are in the order of their sort key, also after a change', async () => {
    const by = async (sort: string) =>
      (await walk(`/movies?sort=${sort}&genre=${genre}`)) as unknown as Record<string, number>[];
    expect((await by('imdbScore')).map(({ imdbScore }) => imdbScore)).toEqual(
      scores.toSorted((a, b) => a - b),
    );
    const first = (await by('popularity'))[0];
    await call('PATCH', `/movies/${first?.id}`, { token: admin, json: { popularity: 100 } });
    expect((await by('popularity')).at(-1)?.id).toBe(first?.id);
  });

  it('contain only movies within the range of scores', async () => {
    for (const filter of filters()) {
      const found = (await walk(`/movies?${filter}&min_score=5&max_score=7&sort=imdbScore`)) as unknown as {
        imdbScore: number;
      }[];
      expect(found.map(({ imdbScore }) => imdbScore)).toEqual([5, 5, 5, 7]);
    }
    expect(await walk(`/movies?genre=${genre}&min_score=10`)).toEqual([]);
  });

  it('refuse a cursor of other filters', async () => {
    const { next_cursor: cursor } = (await call('GET', `/movies?genre=${genre}&limit=2`, { token: member }))
      .body;
    for (const query of [
      `limit=2&cursor=${cursor}`,
      `genre=${genre}&sort=name&cursor=${cursor}`,
      `genre=${genre}&q=x&cursor=${cursor}`,
    ])
      expect((await call('GET', `/movies?${query}`, { token: member })).status).toBe(422);
    expect(
      (await call('GET', `/movies?genre=${genre}&limit=5&cursor=${cursor}`, { token: member })).status,
    ).toBe(200);
  });

  it.each(['sort=rating', 'order=up', 'min_score=x', 'max_score=11', 'limit=0', 'limit=101'])(
    'refuse the query ?%s',
    async (query) => {
      expect((await call('GET', `/movies?${query}`, { token: member })).status).toBe(422);
    },
  );
});

describe('a search for movies', () => {
  const mark = `zq${Date.now().toString(36)}`;
  beforeAll(async () => {
    await add({
      movie_name: `Amélie ${mark}`,
      director: 'Jean-Pierre Jeunet',
      genre: ['Romance'],
      imdbScore: 8,
    });
    await add({
      movie_name: `The ${mark} of Ämelie and other long stories that rank it lower`,
      director: 'B',
      genre: ['Drama'],
      imdbScore: 4,
    });
    await add({ movie_name: `Жизнь ${mark}`, director: `Director ${mark}`, genre: ['Drama'], imdbScore: 6 });
  });
  const names = async (q: string, more = '') =>
    (await walk(`/movies?q=${encodeURIComponent(q)}${more}`)).map(({ movie_name }) => movie_name);

  it('requires every word, matches prefixes, ignores accents and case, and ranks', async () => {
    expect(await names(`amelie ${mark}`)).toEqual([`Amélie ${mark}`, expect.stringContaining('Ämelie')]);
    expect(await names(`AMÉ ${mark.slice(0, -1)}`)).toHaveLength(2);
    expect(await names(`jeunet ${mark}`)).toHaveLength(1);
    expect(await names(`жизн ${mark}`)).toHaveLength(1);
    expect(await names(`amelie nothing${mark}`)).toEqual([]);
    expect((await names(mark))[0]).toBe(`Жизнь ${mark}`);
  });

  it('applies the filters, and has pages', async () => {
    expect(await names(mark, '&genre=drama')).toHaveLength(2);
    expect(await names(mark, '&genre=drama&min_score=5')).toEqual([`Жизнь ${mark}`]);
    expect(await names(mark, '&director=b')).toHaveLength(1);
    expect(await names(mark, '&limit=1')).toEqual(await names(mark));
  });

  it('reflects changes and removals', async () => {
    const { id } = await add({ movie_name: `Before ${mark}x` });
    expect(await names(`before ${mark}x`)).toHaveLength(1);
    await call('PATCH', `/movies/${id}`, { token: admin, json: { movie_name: `After ${mark}x` } });
    expect([await names(`before ${mark}x`), (await names(`after ${mark}x`)).length]).toEqual([[], 1]);
    await call('DELETE', `/movies/${id}`, { token: admin });
    expect(await names(`after ${mark}x`)).toEqual([]);
  });

  it.each([
    '"',
    "'",
    '*',
    'AND',
    'OR NOT',
    'NEAR(a b)',
    'name:',
    '^a',
    '(',
    'a"b',
    '{x}',
    '-',
    '+',
    '\u0000',
    '🎞',
    '',
    ' ',
    'a'.repeat(500),
    '%',
    '\\',
  ])('succeeds for %j', async (q) => {
    expect((await call('GET', `/movies?q=${encodeURIComponent(q)}`, { token: member })).status).toBe(200);
  });
});
