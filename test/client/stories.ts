import { describe, expect, it } from 'vitest';
import {
  ConnectionError,
  createClient,
  createCustomerClient,
  createOperatorClient,
  inMemory,
  type ProblemError,
  type Tokens,
} from '../../client/src/index.ts';
import { freshName } from '../support/api.ts';
import { png } from '../support/images.ts';

type Fetch = (request: Request) => Promise<Response>;

/** Where the API is for these tests, and how it is reached. */
export type Place = { origin: string; fetch: Fetch };

const PASSWORD = 'correct horse battery';

const picture = (seed = 0) => new File([png(3, 2, seed) as BlobPart], 'a photo.png', { type: 'image/png' });

/** A client that counts what it sends, by path. */
const connect = (place: Place, tokens?: Tokens) => {
  const sent: string[] = [];
  const ended: ProblemError[] = [];
  const store = inMemory(tokens);
  const fetch: Fetch = (request) => {
    sent.push(new URL(request.url).pathname);
    return place.fetch(request);
  };
  const options = {
    origin: place.origin,
    store,
    fetch,
    onEnded: (problem: ProblemError) => ended.push(problem),
  };
  return { client: createClient(options), store, sent, ended };
};

const registered = async (place: Place) => {
  const connected = connect(place);
  await connected.client.register({ username: freshName(), password: PASSWORD });
  return { ...connected, tokens: connected.store.read() as Tokens };
};

const refreshes = (sent: string[]) => sent.filter((path) => path === '/refresh').length;

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: ProblemError) => error,
  );

/** What the client promises, in every runtime. */
export const tellStories = (where: string, open: () => Place) =>
  describe(`the client in ${where}`, () => {
    it('uploads, captions, publishes, lists and deletes a photo', async () => {
      const { client, tokens } = await registered(open());
      const shares: number[] = [];
      const photo = await client.uploadPhoto(picture(), {
        caption: 'First light',
        onProgress: (share) => shares.push(share),
      });
      expect(photo).toMatchObject({ posted: 0, caption: 'First light', filename: 'a photo.png', width: 3 });
      expect(shares).toEqual([0, 1]);
      expect(await client.captionPhoto(photo.id, 'Later')).toMatchObject({ caption: 'Later' });
      expect(await client.publishPhoto(photo.id)).toMatchObject({ posted: 1 });
      const listed = await client.listPhotos({ user: tokens.username }).page();
      expect(listed).toMatchObject({ items: [{ id: photo.id }], next: null });
      await client.deletePhoto(photo.id);
      expect(await failure(client.getPhoto(photo.id))).toMatchObject({ status: 404, code: 'not_found' });
    });

    it('gives a list item by item, over its pages', async () => {
      const { client } = await registered(open());
      const ids: number[] = [];
      for (const seed of [1, 2, 3]) ids.push((await client.uploadPhoto(picture(seed))).id);
      const found: number[] = [];
      for await (const { id } of client.listMyPhotos({ limit: 2 })) found.push(id);
      expect(found).toEqual(ids);
      const people: number[] = [];
      for await (const { id } of client.listUsers({ limit: 1 })) {
        people.push(id);
        if (people.length === 2) break;
      }
      expect(new Set(people).size).toBe(2);
    });

    it('throws what the API refuses, field by field', async () => {
      const { client } = connect(open());
      const refused = await failure(client.register({ username: '', password: 'x' }));
      expect(refused).toMatchObject({ name: 'ProblemError', status: 422, code: 'invalid' });
      expect(refused?.about('username')).toEqual(expect.any(String));
      expect(refused?.about('email')).toBeUndefined();
      const wrong = client.logIn({ username: freshName(), password: PASSWORD });
      expect(await failure(wrong)).toMatchObject({ status: 401, code: 'wrong_credentials' });
    });

    it('renews a token once for all the calls that wait, and sends each of them again', async () => {
      const place = open();
      const { tokens } = await registered(place);
      for (const spoilt of [{ access: `${tokens.access}x` }, { expiresAt: Date.now() - 1 }]) {
        const { client, sent, ended } = connect(place, { ...tokens, ...spoilt });
        const upload = client.uploadPhoto(picture());
        const all = await Promise.all([upload, ...Array.from({ length: 10 }, () => client.me())]);
        expect(all).toHaveLength(11);
        expect([refreshes(sent), ended]).toEqual([1, []]);
      }
    });

    it('ends the session in one place when its refresh token was stolen', async () => {
      const place = open();
      const { tokens } = await registered(place);
      const thief = connect(place, tokens);
      for (let step = 0; step < 3; step++) {
        thief.store.write({ ...(thief.store.read() as Tokens), expiresAt: 0 });
        await thief.client.me();
      }
      const { client, store, sent, ended } = connect(place, { ...tokens, expiresAt: 0 });
      const refused = await Promise.all([failure(client.me()), failure(client.me())]);
      expect(refused).toMatchObject([{ status: 401 }, { status: 401 }]);
      expect(store.read()).toBeUndefined();
      expect([refreshes(sent), ended]).toMatchObject([1, [{ status: 401 }]]);
      expect(await failure(thief.client.me())).toMatchObject({ status: 401 }); // the thief's session too
    });

    it('logs out here and on the server', async () => {
      const place = open();
      const { client, store, tokens, ended } = await registered(place);
      await client.logOut();
      expect([store.read(), ended]).toEqual([undefined, []]);
      expect(await failure(connect(place, { ...tokens, refresh: undefined }).client.me())).toMatchObject({
        status: 401,
      });
    });

    it('tells no connection from a refusal, and an abort from both', async () => {
      const { tokens } = await registered(open());
      const away: Place = {
        origin: open().origin,
        fetch: () => Promise.reject(new TypeError('fetch failed')),
      };
      expect(await failure(connect(away, tokens).client.me())).toBeInstanceOf(ConnectionError);
      const { client, store } = connect(open(), tokens);
      const upload = client.uploadPhoto(picture(), { signal: AbortSignal.abort() });
      expect(await failure(upload)).toMatchObject({ name: 'AbortError' });
      expect(store.read()).toEqual(tokens);
    });

    it('hands files from an operator to a client', async () => {
      const { origin, fetch } = open();
      const account = { username: freshName('studio'), password: PASSWORD };
      const operator = createOperatorClient({ origin, fetch });
      await operator.signUp(account);
      await operator.logIn(account);
      const file = new File(['signed, sealed'], 'contract № 1.txt');
      expect(await operator.uploadFile(file)).toMatchObject({ name: file.name, bytes: file.size });
      expect(await failure(operator.uploadFile(file))).toMatchObject({ status: 409 });
      const customer = createCustomerClient({ origin, fetch });
      await customer.signUp(account);
      await customer.logIn(account);
      expect(await customer.listFiles(account.username)).toMatchObject([{ name: file.name }]);
      const bytes = await customer.downloadFile(account.username, file.name);
      expect(await bytes.text()).toBe('signed, sealed');
      await operator.deleteFile(file.name);
      expect(await operator.listFiles()).toEqual([]);
      await operator.logOut();
      expect(operator.tokens()).toBeUndefined();
    });
  });
