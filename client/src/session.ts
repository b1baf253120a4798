import { platform } from './platform.ts';
import { ConnectionError, type ProblemError, readProblem } from './problems.ts';
import type { TokenStore, Tokens } from './tokens.ts';

/** An access token that ends this soon is renewed before it is used: in milliseconds. */
const EARLY_MS = 10_000;

export type SessionOptions = {
  origin: string;
  send: (request: Request) => Promise<Response>;
  store: TokenStore;
  /** The session has ended, and not by `logOut`: it expired, was ended elsewhere, or its token was stolen. */
  onEnded?: ((problem: ProblemError) => void) | undefined;
};

type SessionView = { username: string; access_token: string; refresh_token?: string; expires_in: number };

const tokensOf = (view: SessionView): Tokens => ({
  username: view.username,
  access: view.access_token,
  expiresAt: Date.now() + view.expires_in * 1000,
  refresh: view.refresh_token,
});

/** The tokens of one user, and their renewal: one at a time for all calls, and for all tabs where the browser has Web Locks. */
export const openSession = ({ origin, send, store, onEnded }: SessionOptions) => {
  let renewing: Promise<Tokens> | undefined;

  const end = (problem: ProblemError) => {
    store.write(undefined);
    onEnded?.(problem);
  };

  const refresh = async (known: Tokens): Promise<Tokens> => {
    const current = store.read();
    if (current && current.access !== known.access) return current; // another tab was first
    const request = new Request(`${origin}/refresh`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${known.refresh}` },
    });
    const answer = await send(request);
    if (answer.ok) {
      const renewed = tokensOf((await answer.json()) as SessionView);
      store.write(renewed);
      return renewed;
    }
    const problem = readProblem(answer.status, await answer.text(), answer.headers.get('Retry-After'));
    if (problem.status === 401) end(problem);
    throw problem;
  };

  const renew = (known: Tokens): Promise<Tokens> => {
    const locks = platform.navigator?.locks;
    const work = () => refresh(known);
    renewing ??= (locks ? locks.request(`darkroom ${origin}`, work) : work()).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  return {
    current: () => store.read(),
    begin(view: SessionView): Tokens {
      const tokens = tokensOf(view);
      store.write(tokens);
      return tokens;
    },
    forget: () => store.write(undefined),

    /** A token to send, renewed where it is about to end. */
    async token(): Promise<Tokens | undefined> {
      const tokens = store.read();
      if (!tokens?.refresh || tokens.expiresAt - Date.now() > EARLY_MS) return tokens;
      return renew(tokens);
    },

    /** The token to send after this one was refused; nothing where there is none, and the session has ended. */
    async afterRefusal(refused: Tokens, problem: ProblemError): Promise<Tokens | undefined> {
      const tokens = store.read();
      if (tokens && tokens.access !== refused.access) return tokens;
      if (tokens?.refresh) return renew(tokens);
      if (tokens) end(problem);
      return undefined;
    },
  };
};

export type Session = ReturnType<typeof openSession>;

/** Sends a request; no answer is a ConnectionError, and an abort is what `fetch` throws for it. */
export const sendWith =
  (fetch: (request: Request) => Promise<Response>) =>
  async (request: Request): Promise<Response> => {
    try {
      return await fetch(request);
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw new ConnectionError(error);
    }
  };
