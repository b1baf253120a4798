import { cursorOf, type List, listOf } from './lists.ts';
import type { Session } from './session.ts';
import { type Api, body } from './transport.ts';
import { type Account, byId, type OwnSession, type Person } from './types.ts';

export type Registration = { username: string; password: string; name?: string; email?: string };
export type Credentials = { username: string; password: string } | { email: string; password: string };

/** What an administrator changes of an account. */
export type AccountChanges = {
  username?: string;
  email?: string | null;
  name?: string | null;
  password?: string;
  role?: 'user' | 'admin';
  active?: boolean;
};

/** Members: registration, log-in, their sessions, and what administrators do with accounts. */
export const accountsOf = (api: Api, session: Session) => ({
  /** Registers a member, and logs in. */
  async register(registration: Registration): Promise<void> {
    session.begin(await body(api.POST('/register', { body: registration })));
  },

  /** @throws ProblemError `wrong_credentials`, `throttled` */
  async logIn(credentials: Credentials): Promise<void> {
    session.begin(await body(api.POST('/login', { body: credentials })));
  },

  /** Ends the session: here whatever happens, and on the server where it can be reached. */
  async logOut(): Promise<void> {
    try {
      if (session.current()) await api.POST('/logout');
    } finally {
      session.forget();
    }
  },

  async me(): Promise<Account> {
    return (await body(api.GET('/auth/me'))).me;
  },

  async listSessions(): Promise<OwnSession[]> {
    return (await body(api.GET('/sessions'))).sessions;
  },

  async endSession(id: string): Promise<void> {
    await api.DELETE('/sessions/{id}', { params: { path: { id } } });
  },

  async endOtherSessions(): Promise<void> {
    await api.DELETE('/sessions');
  },

  /** Ends the other sessions too. @throws ProblemError `forbidden` for a wrong old password */
  async changePassword(passwords: { old: string; new: string }): Promise<void> {
    await api.POST('/password', { body: passwords });
  },

  /** Active members, by id. */
  listUsers(options: { limit?: number } = {}): List<Person> {
    return listOf(async (cursor, signal) => {
      const query = { ...options, ...(cursor && { cursor: cursor as never }) };
      const call = api.GET('/users', { params: { query }, ...(signal && { signal }) });
      return { items: await body(call), next: cursorOf((await call).response.headers.get('Link')) };
    });
  },

  /** For administrators. */
  updateUser: (id: number, changes: AccountChanges): Promise<Account> =>
    body(api.PATCH('/users/{id}', { params: byId(id), body: changes })),

  /** For administrators: every token of the account is refused from now on. */
  async deactivateUser(id: number): Promise<void> {
    await api.DELETE('/users/{id}', { params: byId(id) });
  },
});
