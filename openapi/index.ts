import { accounts } from './accounts.ts';
import { exchange } from './exchange.ts';
import { movies } from './movies.ts';
import type { Operations } from './operation.ts';
import { photos } from './photos.ts';
import { sessions } from './sessions.ts';
import { system } from './system.ts';
import { usage } from './usage.ts';
import { users } from './users.ts';

export const operations: Operations = {
  ...system,
  ...accounts,
  ...sessions,
  ...users,
  ...usage,
  ...photos,
  ...exchange,
  ...movies,
};

export const TAGS = [
  { name: 'accounts', description: 'Register, log in, see who a token belongs to' },
  { name: 'sessions', description: 'Refresh tokens, log out, sessions on other devices, the password' },
  { name: 'photos', description: 'Upload, publish, list and fetch photos' },
  { name: 'users', description: 'Members, and what administrators do with accounts' },
  { name: 'movies', description: 'A movie catalogue: search, edit, import' },
  { name: 'exchange', description: 'Files that operators hand to clients; two realms of their own' },
  { name: 'system', description: 'The service itself' },
];
