import { computed, signal } from '@preact/signals';
import { type Account, createClient, type ProblemError } from 'darkroom-client';
import { tabStore } from './tabStore.ts';

const store = tabStore('darkroom');

/** Whether somebody is signed in, by what this tab knows. */
export const username = signal<string | undefined>(store.read()?.username);

/** The account as the server has it; it comes a moment after the name. */
export const account = signal<Account | undefined>(undefined);

export const isAdmin = computed(() => account.value?.role === 'admin');

/** Why the visitor has to sign in again, in words. */
export const endedNote = signal('');

const forget = () => {
  username.value = undefined;
  account.value = undefined;
};

const onEnded = (_: ProblemError) => {
  endedNote.value = 'Your session has ended. Sign in to go on where you were.';
  forget();
};

export const client = createClient({
  store,
  onEnded,
  // A deletion that waits for its undo is sent when the page is left.
  fetch: (request) => fetch(request, { keepalive: request.method === 'DELETE' }),
});

export const loadAccount = async (): Promise<void> => {
  if (!username.value) return;
  account.value = await client.me();
};

const enter = () => {
  endedNote.value = '';
  username.value = client.tokens()?.username;
  void loadAccount().catch(() => {}); // the next page that needs it asks again
};

export const signIn = async (credentials: { username: string; password: string }): Promise<void> => {
  await client.logIn(credentials);
  enter();
};

export const signUp = async (registration: Parameters<typeof client.register>[0]): Promise<void> => {
  await client.register(registration);
  enter();
};

export const signOut = async (): Promise<void> => {
  await client.logOut().catch(() => {}); // this tab forgets the session whatever the server says
  forget();
};
