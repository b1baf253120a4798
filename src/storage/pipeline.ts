import {
  DatabaseError,
  decodeReply,
  encodeBatch,
  encodeExecute,
  type Reply,
  type Request,
  type ResultSet,
  type Statement,
} from './hrana.ts';

/**
 * Rounds of the microtask queue in which statements of one turn gather: a check of the session and the statement of the handler beside
 * it are some twenty apart. Whatever comes later travels in the next request: slower, and as right.
 */
const GATHERING_ROUNDS = 40;

type Entry = {
  request: Request;
  resolve: (results: ResultSet[]) => void;
  reject: (error: unknown) => void;
};

type Options = {
  /** Sends requests on one connection, one after the other; answers a reply for each. */
  post: (requests: Request[]) => Promise<Reply[]>;
  /** Whether what the database's lock kept out may be asked again. */
  mayAskAgain: () => boolean;
};

const pause = () => new Promise((resolve) => setTimeout(resolve, 5 + 20 * Math.random()));

/**
 * Sends all that is asked within one turn as one request to libSQL, because most of a request's price is the request. Each statement and
 * each batch has its own outcome: one that fails leaves the others alone, and a batch stays a transaction of its own. SQLITE_BUSY means
 * that nothing was done (a batch is rolled back): only what met it is asked again.
 */
export const openPipeline = ({ post, mayAskAgain }: Options) => {
  let gathering: Entry[] = [];

  const settle = (entry: Entry, reply: Reply | undefined) => {
    try {
      if (!reply) throw new DatabaseError({ message: 'The reply is incomplete' });
      entry.resolve(decodeReply(reply));
    } catch (error) {
      const isBusy = error instanceof DatabaseError && error.code.startsWith('SQLITE_BUSY');
      if (!isBusy || !mayAskAgain()) entry.reject(error);
      else void pause().then(() => send([entry]));
    }
  };
  const send = async (entries: Entry[]): Promise<void> => {
    try {
      const replies = await post(entries.map(({ request }) => request));
      entries.forEach((entry, i) => {
        settle(entry, replies[i]);
      });
    } catch (error) {
      for (const { reject } of entries) reject(error);
    }
  };
  const gather = async () => {
    for (let round = 0; round < GATHERING_ROUNDS; round++) await undefined;
    const entries = gathering;
    gathering = [];
    await send(entries);
  };
  const ask = (request: Request) =>
    new Promise<ResultSet[]>((resolve, reject) => {
      if (gathering.push({ request, resolve, reject }) === 1) void gather();
    });

  return {
    async execute(statement: Statement): Promise<ResultSet> {
      const [result] = await ask(encodeExecute(statement));
      return result as ResultSet;
    },
    batch: (statements: Statement[]): Promise<ResultSet[]> => ask(encodeBatch(statements)),
  };
};
