import type { Session } from './session.ts';
import { type Api, body, type Upload } from './transport.ts';
import type { ExchangeFile } from './types.ts';
import type { UploadOptions } from './uploads.ts';

type Account = { username: string; password: string };

/** Ends the session: here whatever happens, and on the server where it can be reached. */
const logOut = (api: Api, session: Session) => async (): Promise<void> => {
  try {
    if (session.current()) await api.POST('/logout');
  } finally {
    session.forget();
  }
};

/** Operators of the exchange: they hand files to clients. */
export const operatorsOf = (api: Api, session: Session, upload: Upload) => ({
  logOut: logOut(api, session),

  async signUp(account: Account): Promise<void> {
    await api.POST('/ops/signup', { body: account });
  },

  async logIn(account: Account): Promise<void> {
    session.begin(await body(api.POST('/ops/login', { body: account })));
  },

  listFiles: (): Promise<ExchangeFile[]> => body(api.GET('/ops/files')),

  /** Any file, 95 MiB at most by default. @throws ProblemError `conflict` for a name that this account has */
  uploadFile(file: Blob, { filename, ...options }: UploadOptions & { filename?: string } = {}) {
    const form = new FormData();
    form.set('request_file', file, filename ?? ('name' in file ? String(file.name) : 'file'));
    return upload<ExchangeFile>('/ops/upload', form, options);
  },

  async deleteFile(name: string): Promise<void> {
    await api.DELETE('/ops/files/{name}', { params: { path: { name } } });
  },
});

/** Clients of the exchange: they fetch what operators have for them. */
export const customersOf = (api: Api, session: Session) => ({
  logOut: logOut(api, session),

  async signUp(account: Account): Promise<void> {
    await api.POST('/client/signup', { body: account });
  },

  async logIn(account: Account): Promise<void> {
    session.begin(await body(api.POST('/client/login', { body: account })));
  },

  /** @throws ProblemError `not_found` for an operator that does not exist */
  listFiles: (operator: string): Promise<ExchangeFile[]> =>
    body(api.GET('/client/files/{ops}', { params: { path: { ops: operator } } })),

  async downloadFile(operator: string, name: string, signal?: AbortSignal): Promise<Blob> {
    const params = { path: { ops: operator, name } };
    const options = { params, parseAs: 'stream' as const, ...(signal && { signal }) };
    return (await api.GET('/client/files/{ops}/{name}', options)).response.blob();
  },
});
