import { createHash, randomUUID } from 'node:crypto';

/** The reply to a command, as Redis's own protocol has it: strings are bytes. */
export type Reply = null | number | Buffer | Reply[];

export type Backend = {
  kind: 'redis' | 'embedded';
  call(command: string, args: string[]): Promise<Reply>;
  /** Runs MULTI … EXEC, and answers an error or a reply for each command. */
  multi(commands: [string, ...string[]][]): Promise<(Error | Reply)[]>;
  close(): Promise<void>;
};

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

const openRedisServer = async (url: string): Promise<Backend> => {
  const { default: ioredis } = await import('ioredis');
  const { Command } = ioredis;
  // No automatic pipelining: ioredis 5.11 throws inside its own timer with it.
  const redis = new ioredis(url, { maxRetriesPerRequest: 1, lazyConnect: true });
  redis.on('error', () => {}); // each command reports its own error; without a listener every retry is printed
  await redis.connect();
  return {
    kind: 'redis',
    call: (command, args) =>
      redis.sendCommand(new Command(command, args, { replyEncoding: null as never })) as Promise<Reply>,
    async multi(commands) {
      const group = redis.multi();
      for (const [command, ...args] of commands) group.callBuffer(command, ...args);
      return ((await group.exec()) ?? []).map(([error, reply]) => error ?? (reply as Reply));
    },
    async close() {
      await redis.quit();
    },
  };
};

/** Converts a reply of the embedded Redis to that of the wire, where a hash is a flat list. `no` stands for false. */
const asReply = (value: unknown, no: 0 | null): Reply => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || Buffer.isBuffer(value)) return value;
  if (typeof value === 'boolean') return value ? 1 : no;
  if (Array.isArray(value)) return value.map((one) => asReply(one, no));
  if (typeof value === 'object') return asReply(Object.entries(value).flat(), no);
  return Buffer.from(String(value));
};

/**
 * Lua that the embedded Redis needs in front of a script. It passes arrays as JavaScript objects (nested ones counted from 0) and
 * nil as null, where Redis passes tables with false for nil. A list is filled from its end, because the embedded Redis recognises
 * an array by that. A script that returns nothing must return one nil.
 */
const PRELUDE = `
local call = redis.call
local function plain(value, first)
  if type(value) ~= 'userdata' then return value == nil and false or value end
  local isArray, length = pcall(function() return #value end)
  if not isArray then return false end
  local list = {}
  for i = length, 1, -1 do list[i] = plain(value[i - 1 + first], 0) end
  return list
end
redis.call = function(...) return plain(call(...), 1) end
`;

const forEmbedded = (script: string) => `${PRELUDE}return ((function() ${script}\nend)())`;

const openEmbedded = async (): Promise<Backend> => {
  const { default: Mock } = await import('ioredis-mock');
  // Instances with the same address share their data, and each bridge needs its own.
  const redis = new Mock({ host: randomUUID() }) as unknown as Record<
    string,
    (...args: unknown[]) => Promise<unknown>
  >;
  const call = async (command: string, args: string[]) => {
    const run = redis[command.toLowerCase()];
    if (typeof run !== 'function') throw new Error(`ERR unknown command '${command}'`);
    // It knows the options of SET in upper case only, and silently ignores others: no expiry, no NX.
    const known =
      command === 'SET'
        ? [...args.slice(0, 2), ...args.slice(2).map((option) => option.toUpperCase())]
        : args;
    return asReply(await run.apply(redis, known), command.startsWith('EVAL') ? null : 0);
  };
  return {
    kind: 'embedded',
    call,
    async multi(commands) {
      const replies: (Error | Reply)[] = [];
      for (const [command, ...args] of commands)
        replies.push(await call(command, args).catch((error: Error) => error));
      return replies;
    },
    async close() {
      (redis as unknown as { disconnect(): void }).disconnect();
    },
  };
};

/**
 * Opens the Redis at a URL, or the embedded one. The first line of a script is removed if it is `#!lua flags=…`, because only
 * Upstash knows those flags. The digest that the client computed over the whole text is mapped to the digest of the rest.
 */
export const openBackend = async (url: string | undefined): Promise<Backend> => {
  const backend = url ? await openRedisServer(url) : await openEmbedded();
  const digests = new Map<string, string>();
  const adapt = (command: string, args: string[]): [string, ...string[]] => {
    const name = command.toUpperCase();
    const script = /^EVAL(_RO)?$/.test(name)
      ? 0
      : name === 'SCRIPT' && /^load$/i.test(args[0] ?? '')
        ? 1
        : undefined;
    if (script !== undefined) {
      const whole = args[script] ?? '';
      const body = whole.replace(/^#!lua[^\n]*\n/, '\n');
      const plain = backend.kind === 'embedded' ? forEmbedded(body) : body;
      digests.set(sha1(whole), sha1(plain));
      return [name, ...args.with(script, plain)];
    }
    if (/^EVALSHA(_RO)?$/.test(name))
      return [name, digests.get(args[0] ?? '') ?? args[0] ?? '', ...args.slice(1)];
    return [name, ...args];
  };
  return {
    ...backend,
    call: (command, args) => {
      const [name, ...rest] = adapt(command, args);
      return backend.call(name, rest);
    },
    multi: (commands) => backend.multi(commands.map(([command, ...args]) => adapt(command, args))),
  };
};
