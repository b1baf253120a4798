import { changeRole } from '../src/domain/roles.ts';
import { Refusal } from '../src/refusal.ts';
import { openDatabase } from '../src/storage/database.ts';
import { startWaiting } from '../src/storage/waiting.ts';
import { Sentence, supervise } from './processes.ts';
import { readDatabase } from './settings.ts';

const ROLES = { grant: 'admin', revoke: 'user' } as const;

const isVerb = (word: string | undefined): word is keyof typeof ROLES => word !== undefined && Object.hasOwn(ROLES, word);

/** `npm run admin -- grant|revoke <username>`: makes a member an administrator, or takes it back, in the database that is set. */
await supervise(async (_, stop) => {
  const [verb, username, ...rest] = process.argv.slice(2);
  if (!isVerb(verb) || !username || rest.length > 0) throw new Sentence('Use: npm run admin -- grant|revoke <username>');
  const database = readDatabase();
  const db = openDatabase(database, startWaiting(10_000));
  try {
    await changeRole({ db }, username, ROLES[verb]);
  } catch (error) {
    if (error instanceof Refusal && error.code !== 'unavailable') throw new Sentence(error.message);
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    const hint = process.env.LIBSQL_URL ? '' : ' Does `npm run dev` run, with the same PORT (or LIBSQL_PORT) as this?';
    throw new Sentence(`The database at ${database.LIBSQL_URL} does not answer: ${reason}.${hint}`);
  }
  console.log(`${username} ${verb === 'grant' ? 'is an administrator' : 'is no administrator any more'}.`);
  stop(0);
});
