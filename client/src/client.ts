import { accountsOf } from './accounts.ts';
import { customersOf, operatorsOf } from './exchange.ts';
import { moviesOf } from './movies.ts';
import { photosOf } from './photos.ts';
import { platform } from './platform.ts';
import type { ProblemError } from './problems.ts';
import { openSession, sendWith } from './session.ts';
import { inMemory, type TokenStore, type Tokens } from './tokens.ts';
import { authorize, openApi, uploader } from './transport.ts';

export type ClientOptions = {
  /** Where the API is, such as `https://darkroom.example`. In a browser: this page's origin. */
  origin?: string;
  /** Where the tokens are kept; in memory by default. */
  store?: TokenStore;
  /** The session has ended, and not by `logOut`: it expired, was ended elsewhere, or its token was stolen. */
  onEnded?: (problem: ProblemError) => void;
  /** In place of the global `fetch`: a service binding of a Worker, for example. */
  fetch?: (request: Request) => Promise<Response>;
};

const open = (options: ClientOptions) => {
  const origin = (options.origin ?? platform.location?.origin ?? '').replace(/\/+$/, '');
  if (!origin) throw new TypeError('A client outside of a browser needs an origin.');
  const plain = sendWith(options.fetch ?? ((request) => globalThis.fetch(request)));
  const store = options.store ?? inMemory();
  const session = openSession({ origin, send: plain, store, onEnded: options.onEnded });
  const api = openApi(origin, authorize(session, plain));
  return {
    session,
    api,
    upload: uploader(origin, session, plain),
    tokens: (): Tokens | undefined => store.read(),
  };
};

/** A client of members: photos, movies, accounts. */
export const createClient = (options: ClientOptions = {}) => {
  const { session, api, upload, tokens } = open(options);
  return {
    api,
    tokens,
    ...accountsOf(api, session),
    ...photosOf(api, upload),
    ...moviesOf(api, upload),
  };
};

/** A client of the exchange's operators. */
export const createOperatorClient = (options: ClientOptions = {}) => {
  const { session, api, upload, tokens } = open(options);
  return { api, tokens, ...operatorsOf(api, session, upload) };
};

/** A client of the exchange's clients, who download. */
export const createCustomerClient = (options: ClientOptions = {}) => {
  const { session, api, tokens } = open(options);
  return { api, tokens, ...customersOf(api, session) };
};

export type Client = ReturnType<typeof createClient>;
export type OperatorClient = ReturnType<typeof createOperatorClient>;
export type CustomerClient = ReturnType<typeof createCustomerClient>;
