import { env } from 'cloudflare:workers';
import { createClient } from '@libsql/client/http';

/** Direct access to the tables, without the API. */
export const db = createClient({ url: env.LIBSQL_URL });

/** Makes a member an administrator, as the admin command does. */
export const makeAdmin = (username: string) =>
  db.execute({
    sql: "update accounts set role = 'admin' where realm = 'member' and username = ?",
    args: [username],
  });

/** Makes these accounts the only administrators. */
export const onlyAdmins = (...usernames: string[]) =>
  db.batch([
    "update accounts set role = 'user'",
    ...usernames.map((username) => ({
      sql: "update accounts set role = 'admin' where username = ?",
      args: [username],
    })),
  ]);
