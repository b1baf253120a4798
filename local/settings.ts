import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { Sentence } from './processes.ts';

export const ROOT = path.resolve(import.meta.dirname, '..');

const number = (name: string, standard: number) => {
  const text = process.env[name];
  if (!text) return standard;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new Sentence(`${name} must be a port number, not "${text}".`);
};

/** The ports and the data directory of the local stack. With another `PORT` and `DATA_DIR`, a second stack runs beside the first. */
export const readPlace = () => {
  const port = number('PORT', 8787);
  return {
    port,
    libsqlPort: number('LIBSQL_PORT', port + 100),
    redisPort: number('REDIS_PORT', port + 200),
    data: path.resolve(ROOT, process.env.DATA_DIR ?? '.data'),
  };
};

const FILE = path.join(ROOT, '.dev.vars');

/** The local secrets in `.dev.vars`, which is created with random values if it is missing. @throws Sentence for a short JWT_SECRET */
export const readSecrets = (): Record<string, string> => {
  if (!existsSync(FILE)) {
    const secret = randomBytes(48).toString('base64');
    writeFileSync(
      FILE,
      `JWT_SECRET="${secret}"\nUPSTASH_REDIS_REST_TOKEN="${randomBytes(24).toString('hex')}"\n`,
      {
        mode: 0o600,
      },
    );
  }
  const secrets = parseEnv(readFileSync(FILE, 'utf8')) as Record<string, string>;
  if (Buffer.byteLength(secrets.JWT_SECRET ?? '') < 32)
    throw new Sentence(
      'JWT_SECRET in .dev.vars is missing or shorter than 32 bytes. Create one with: openssl rand -base64 48. Or delete .dev.vars, and the next start creates it again.',
    );
  return { ...secrets, UPSTASH_REDIS_REST_TOKEN: secrets.UPSTASH_REDIS_REST_TOKEN || 'local' };
};

/** The database that commands use: the one in the environment, or that of the local stack. */
export const readDatabase = () => ({
  LIBSQL_URL: process.env.LIBSQL_URL || `http://127.0.0.1:${readPlace().libsqlPort}`,
  LIBSQL_AUTH_TOKEN: process.env.LIBSQL_AUTH_TOKEN || undefined,
});
