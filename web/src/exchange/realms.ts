import { signal } from '@preact/signals';
import { createCustomerClient, createOperatorClient } from 'darkroom-client';
import { tabStore } from '../session/tabStore.ts';

type Side = {
  signUp: (account: Account) => Promise<void>;
  logIn: (account: Account) => Promise<void>;
  logOut: () => Promise<void>;
};
type Account = { username: string; password: string };

const stores = { ops: tabStore('darkroom ops'), client: tabStore('darkroom client') };

export type Realm = keyof typeof stores;

/** Who is signed in, in each realm of the exchange. */
export const names = {
  ops: signal(stores.ops.read()?.username),
  client: signal(stores.client.read()?.username),
};

const forget = (realm: Realm) => () => {
  names[realm].value = undefined;
};

export const operator = createOperatorClient({ store: stores.ops, onEnded: forget('ops') });
export const customer = createCustomerClient({ store: stores.client, onEnded: forget('client') });

const sides: Record<Realm, Side> = { ops: operator, client: customer };

export const enter = async (realm: Realm, account: Account, isNew: boolean): Promise<void> => {
  if (isNew) await sides[realm].signUp(account);
  await sides[realm].logIn(account);
  names[realm].value = stores[realm].read()?.username;
};

export const leave = async (realm: Realm): Promise<void> => {
  await sides[realm].logOut().catch(() => {}); // this tab forgets the session whatever the server says
  names[realm].value = undefined;
};
