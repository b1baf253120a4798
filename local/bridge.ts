import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Backend, openBackend, type Reply } from './redis.ts';

export type Bridge = { url: string; kind: Backend['kind']; close(): Promise<void> };

type Options = { port: number; token: string; redisUrl?: string | undefined };

/** Encodes a reply for Upstash's REST protocol: with `Upstash-Encoding: base64`, every string except the status OK is base64. */
const encode = (reply: Reply, base64: boolean, top = true): unknown => {
  if (Array.isArray(reply)) return reply.map((one) => encode(one, base64, false));
  if (!Buffer.isBuffer(reply)) return reply;
  const text = reply.toString('utf8');
  return base64 && !(top && text === 'OK') ? reply.toString('base64') : text;
};

const readBody = async (request: IncomingMessage) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

const argument = (value: unknown) =>
  typeof value === 'string' ? value : value === null ? '' : String(value);

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

/**
 * Serves Upstash's REST protocol on loopback, in front of a Redis: `POST /` with one command, `/pipeline`, `/multi-exec`, and a
 * command in the path. https://upstash.com/docs/redis/features/restapi
 */
export const startBridge = async ({ port, token, redisUrl }: Options): Promise<Bridge> => {
  const backend = await openBackend(redisUrl);

  const run = async ([command, ...args]: unknown[], base64: boolean) => {
    try {
      return { result: encode(await backend.call(argument(command), args.map(argument)), base64) };
    } catch (error) {
      return { error: message(error) };
    }
  };

  const answer = async (request: IncomingMessage): Promise<[number, unknown]> => {
    const url = new URL(request.url ?? '/', 'http://bridge');
    const given = request.headers.authorization ?? `Bearer ${url.searchParams.get('_token')}`;
    const text = await readBody(request);
    if (given !== `Bearer ${token}`) return [401, { error: 'WRONGPASS invalid or missing auth token' }];
    const base64 = request.headers['upstash-encoding'] === 'base64';
    const inPath = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
    const group = ['pipeline', 'multi-exec'].includes(inPath[0] ?? '') && inPath[0];
    if (inPath.length > 0 && !group) {
      const reply = await run(text ? [...inPath, text] : inPath, base64);
      return ['error' in reply ? 400 : 200, reply];
    }
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return [400, { error: 'ERR failed to parse the body' }];
    }
    if (!Array.isArray(body) || body.length === 0 || (group && !body.every(Array.isArray)))
      return [400, { error: 'ERR expected an array of a command, or of commands' }];
    if (group === 'pipeline') return [200, await Promise.all(body.map((command) => run(command, base64)))];
    if (group === 'multi-exec') {
      const replies = await backend.multi(body.map((command) => command.map(argument)));
      return [
        200,
        replies.map((r) => (r instanceof Error ? { error: r.message } : { result: encode(r, base64) })),
      ];
    }
    const reply = await run(body, base64);
    return ['error' in reply ? 400 : 200, reply];
  };

  const server = createServer(async (request, response) => {
    const [status, body] = await answer(request).catch((error) => [400, { error: message(error) }] as const);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    kind: backend.kind,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await backend.close();
    },
  };
};
