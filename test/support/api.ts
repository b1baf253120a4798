import { expect } from 'vitest';
import { type Description, expectDescribed } from './contract.ts';
import { png } from './images.ts';

export type Options = {
  token?: string | undefined;
  json?: unknown;
  form?: Record<string, string>;
  file?: { bytes: Uint8Array; name?: string; part?: string; caption?: string };
  body?: BodyInit;
  headers?: Record<string, string>;
};

// biome-ignore lint/suspicious/noExplicitAny: the OpenAPI document says what is in it
export type Answer = { status: number; headers: Headers; text: string; bytes: Uint8Array; body: any };

type Send = (url: string, init: RequestInit) => Promise<Response>;

export type Session = { access_token: string; refresh_token: string; username: string };

let names = 0;

/** A name that is not taken. */
export const freshName = (what = 'user') => `${what}-${Date.now().toString(36)}-${(names++).toString(36)}`;

const bodyOf = ({ json, form, file, body }: Options): BodyInit | undefined => {
  if (json !== undefined) return JSON.stringify(json);
  if (form) return new URLSearchParams(form);
  if (!file) return body;
  const data = new FormData();
  if (file.caption !== undefined) data.set('caption', file.caption);
  data.set(file.part ?? 'file', new File([file.bytes as BufferSource], file.name ?? 'photo.png'));
  return data;
};

/** A client of the API that checks every answer against the OpenAPI document. */
export const connect = (send: Send, origin: string) => {
  let description: Promise<Description> | undefined;
  const describe = () => {
    description ??= send(`${origin}/openapi.json`, {}).then((r) => r.json() as Promise<Description>);
    return description;
  };

  const call = async (method: string, path: string, options: Options = {}): Promise<Answer> => {
    const headers = new Headers(options.headers);
    if (options.token) headers.set('Authorization', `Bearer ${options.token}`);
    if (options.json !== undefined) headers.set('Content-Type', 'application/json');
    const body = bodyOf(options);
    const response = await send(`${origin}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body !== undefined && { body }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const type = response.headers.get('Content-Type')?.split(';')[0] ?? '';
    const text = type.startsWith('image/') ? '' : new TextDecoder().decode(bytes);
    const pathname = new URL(`${origin}${path}`).pathname.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
    expectDescribed(await describe(), method, pathname, { status: response.status, type, text });
    return {
      status: response.status,
      headers: response.headers,
      text,
      bytes,
      body: type.endsWith('json') && text ? JSON.parse(text) : undefined,
    };
  };

  const register = async (username = freshName(), password = 'test'): Promise<Session> => {
    const answer = await call('POST', '/register', { json: { username, password } });
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  };

  /** Uploads a draft of this account. */
  const upload = async (token: string, caption?: string) => {
    const answer = await call('POST', '/photos', {
      token,
      file: { bytes: png(3, 2), ...(caption !== undefined && { caption }) },
    });
    expect(answer.status, answer.text).toBe(201);
    return answer.body as { id: number; url: string };
  };

  return { call, register, upload, describe };
};

/** Makes several calls simultaneously, and counts their statuses. */
export const atOnce = async (count: number, work: (index: number) => Promise<Answer>) => {
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => work(index)));
  const statuses: Record<number, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  return { answers, statuses };
};
