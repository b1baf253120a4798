import { changeRole } from '../src/domain/accounts/roles.ts';
import { previewSweep } from '../src/domain/objects/sweep.ts';
import { ApiError } from '../src/errors.ts';
import { type Database, openDatabase } from '../src/storage/database.ts';
import { startBudget } from '../src/storage/requestBudget.ts';
import { Sentence, supervise } from './processes.ts';
import { readDatabase } from './settings.ts';

const ROLES = { grant: 'admin', revoke: 'user' } as const;

const isRoleVerb = (word: string | undefined): word is keyof typeof ROLES =>
  word !== undefined && Object.hasOwn(ROLES, word);

const USE = 'Usage: npm run admin -- grant|revoke <username>, or npm run admin -- sweep --dry-run';

const perform = async (db: Database, [verb, argument, ...rest]: string[]): Promise<string> => {
  if (!argument || rest.length > 0) throw new Sentence(USE);
  if (isRoleVerb(verb)) {
    await changeRole({ db }, argument, ROLES[verb]);
    return `${argument} ${verb === 'grant' ? 'is an administrator' : 'is no longer an administrator'}.`;
  }
  if (verb !== 'sweep' || argument !== '--dry-run') throw new Sentence(USE);
  const found = await previewSweep({ db, now: Date.now });
  return [
    'The next sweep (the cron job runs it every ten minutes) would remove:',
    `${found.abandonedUploads} abandoned uploads`,
    `${found.removedObjects} objects of deleted photos and files, at least ${found.removedBytes} bytes`,
    `${found.deletedAgain} objects for the second and last time`,
    `${found.sessions} sessions and ${found.revocations} revocations whose tokens have all expired`,
    `${found.imports} imports that are older than an hour`,
  ].join('\n  ');
};

/** `npm run admin -- …`: roles, and a preview of the sweep. It needs access to the database, not a token. */
await supervise(async (_, stop) => {
  const database = readDatabase();
  const db = openDatabase(database, startBudget(10_000));
  try {
    console.log(await perform(db, process.argv.slice(2)));
  } catch (error) {
    if (error instanceof Sentence) throw error;
    if (error instanceof ApiError && error.code !== 'unavailable') throw new Sentence(error.message);
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    const hint = process.env.LIBSQL_URL
      ? ''
      : ' Is `npm run dev` running with the same PORT (or LIBSQL_PORT)?';
    throw new Sentence(`The database at ${database.LIBSQL_URL} does not answer: ${reason}.${hint}`);
  }
  stop(0);
});
