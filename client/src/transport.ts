import createFetch, { type Client as OpenapiClient } from 'openapi-fetch';
import { ProblemError, readProblem } from './problems.ts';
import type { paths } from './schema.ts';
import type { Session } from './session.ts';
import type { Tokens } from './tokens.ts';
import { type Answer, type Sending, sendForm, type UploadOptions } from './uploads.ts';

export type Send = (request: Request) => Promise<Response>;

/** Every path of the API, typed from its OpenAPI document. A refusal is thrown, as a ProblemError. */
export type Api = OpenapiClient<paths>;

const bearer = (tokens: Tokens) => `Bearer ${tokens.access}`;

const refusal = async (answer: Response) =>
  readProblem(answer.status, await answer.text(), answer.headers.get('Retry-After'));

/** Sends with a token of the session; a token that is refused is renewed, and the request sent once more. */
export const authorize =
  (session: Session, send: Send): Send =>
  async (request) => {
    const tokens = request.headers.has('Authorization') ? undefined : await session.token();
    if (tokens) request.headers.set('Authorization', bearer(tokens));
    const again = tokens && request.clone();
    const answer = await send(request);
    if (answer.ok) return answer;
    const problem = await refusal(answer);
    if (problem.status !== 401 || !tokens || !again) throw problem;
    const renewed = await session.afterRefusal(tokens, problem);
    if (!renewed) throw problem;
    again.headers.set('Authorization', bearer(renewed));
    const second = await send(again);
    if (!second.ok) throw await refusal(second);
    return second;
  };

export const openApi = (origin: string, send: Send): Api =>
  createFetch<paths>({
    baseUrl: origin,
    headers: { Accept: 'application/json' }, // the exchange answers plain text without
    fetch: send,
  });

/** Uploads a form with progress, as `authorize` does: a refused token is renewed, and the form sent once more. */
export const uploader =
  (origin: string, session: Session, send: Send) =>
  async <T>(path: string, body: FormData, options: UploadOptions): Promise<T> => {
    const attempt = (tokens: Tokens | undefined): Promise<Answer> => {
      const headers = { Accept: 'application/json', ...(tokens && { Authorization: bearer(tokens) }) };
      const sending: Sending = { url: origin + path, headers, body };
      return sendForm(sending, options, send);
    };
    const tokens = await session.token();
    let answer = await attempt(tokens);
    if (answer.status === 401 && tokens) {
      const problem = readProblem(answer.status, answer.text, answer.retryAfter);
      const renewed = await session.afterRefusal(tokens, problem);
      if (!renewed) throw problem;
      answer = await attempt(renewed);
    }
    if (answer.status < 200 || answer.status > 299)
      throw readProblem(answer.status, answer.text, answer.retryAfter);
    return JSON.parse(answer.text) as T;
  };

export type Upload = ReturnType<typeof uploader>;

/** What an answer holds as JSON; we never ask for plain text. */
type Json<T> = Exclude<NonNullable<T>, string>;

/** The body of an answer that has one. */
export const body = async <T>(call: Promise<{ data?: T; response: Response }>): Promise<Json<T>> => {
  const { data, response } = await call;
  if (data === undefined || data === null)
    throw new ProblemError({ status: response.status, detail: 'The server answered without a body.' });
  return data as Json<T>;
};
