import { createClient, type ProblemError } from '../client/src/index.ts';
import { makePicture } from './pictures.ts';
import { Sentence, supervise } from './processes.ts';
import { CAPTIONS, PEOPLE } from './seedPeople.ts';
import { readPlace } from './settings.ts';

const PASSWORD = 'a long secret';

/** One of this many photos stays a draft. */
const DRAFT_EVERY = 15;

const AT_A_TIME = 3;

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

const isProblem = (error: unknown): error is ProblemError =>
  error instanceof Error && error.name === 'ProblemError';

/** Repeats what the API asks to do later. */
const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!isProblem(error) || (error.status !== 429 && error.status !== 503)) throw error;
      await pause(error.retryAfter ?? 5);
    }
};

const enter = async (origin: string, person: (typeof PEOPLE)[number]) => {
  const client = createClient({ origin });
  try {
    await patiently(() => client.register({ ...person, password: PASSWORD }));
  } catch (error) {
    if (!isProblem(error) || error.status !== 409) throw error;
    await client.logIn({ username: person.username, password: PASSWORD });
  }
  return client;
};

const seedPhotos = async (origin: string, count: number, tell: (done: number) => void) => {
  const people: Awaited<ReturnType<typeof enter>>[] = [];
  for (const person of PEOPLE) people.push(await enter(origin, person));
  let [next, done] = [0, 0];
  const work = async () => {
    for (let i = next++; i < count; i = next++) {
      const client = people[(i * 5) % people.length];
      const caption = CAPTIONS[(i * 7) % CAPTIONS.length] ?? '';
      const { bytes, filename, type } = await makePicture(i);
      const file = new File([new Uint8Array(bytes)], filename, { type });
      const photo = await patiently(async () => client?.uploadPhoto(file, { caption }));
      if (photo && i % DRAFT_EVERY !== DRAFT_EVERY - 1)
        await patiently(async () => client?.publishPhoto(photo.id));
      tell(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
};

/** `npm run seed`: fills the running local stack with twelve people and 300 photos, or as many as the argument says. */
await supervise(async (_, stop) => {
  const [argument = '300', ...rest] = process.argv.slice(2);
  const count = Number(argument);
  if (rest.length > 0 || !Number.isInteger(count) || count < 1)
    throw new Sentence('Usage: npm run seed, or npm run seed -- <number of photos>');
  const origin = `http://127.0.0.1:${readPlace().port}`;
  try {
    await seedPhotos(origin, count, (done) => {
      if (done % 25 === 0 || done === count) console.log(`${done} of ${count} photos`);
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'ConnectionError')
      throw new Sentence(`Nothing answers at ${origin}. Is \`npm run dev\` running with the same PORT?`);
    if (isProblem(error)) throw new Sentence(`The API refused: ${error.message}`);
    throw error;
  }
  const names = PEOPLE.map(({ username }) => username).join(', ');
  console.log(`Sign in at ${origin}/app/ with the password “${PASSWORD}” as one of: ${names}`);
  stop(0);
});
