import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { unstable_readConfig } from 'wrangler';
import { buildSite } from './build.ts';
import { expectMigrated } from './migrations.ts';
import { Sentence, supervise } from './processes.ts';
import { ROOT } from './settings.ts';

const placeholders = (value: unknown, name: string): string[] => {
  if (typeof value === 'string') return /<.+>|^your-/.test(value) ? [`${name} = "${value}"`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => placeholders(one, `${name}.${key}`));
};

const read = (config: string, env?: string) => unstable_readConfig({ config, env }, { hideWarnings: true });

/** The placeholders that remain in the production blocks of a configuration file. */
const findPlaceholders = (config: string): string[] => {
  const { vars, placement, r2_buckets } = read(config, 'production');
  return placeholders({ vars, placement, r2_buckets }, 'env.production');
};

/** The variables that development sets and production does not: Wrangler does not carry [vars] over. */
const findDevelopmentOnly = (config: string): string[] => {
  const { vars: ofProduction } = read(config, 'production');
  return Object.entries(read(config).vars)
    .filter(([name]) => !Object.hasOwn(ofProduction, name))
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
};

/**
 * `npm run deploy`: builds, and deploys [env.production] once it is filled in and the database, asked with the environment's
 * LIBSQL_AUTH_TOKEN, has all migrations. Arguments go to `wrangler deploy`.
 */
await supervise(async (_, stop) => {
  const args = process.argv.slice(2);
  const { values } = parseArgs({ args, options: { config: { type: 'string' } }, strict: false });
  const config = typeof values.config === 'string' ? values.config : path.join(ROOT, 'wrangler.toml');

  const open = findPlaceholders(config);
  if (open.length > 0)
    throw new Sentence(
      `Placeholders remain in ${path.basename(config)}:\n  ${open.join('\n  ')}\n` +
        'README.md, "Deploy to Cloudflare", says where each value comes from.',
    );
  const development = findDevelopmentOnly(config);
  if (development.length > 0)
    console.log(
      `Only development has these settings of [vars]:\n  ${development.join('\n  ')}\n` +
        'Production uses the default of each. To set one there, add it to [env.production.vars].',
    );
  await expectMigrated({
    LIBSQL_URL: String(read(config, 'production').vars.LIBSQL_URL),
    LIBSQL_AUTH_TOKEN: process.env.LIBSQL_AUTH_TOKEN,
  });
  await buildSite();
  const { status } = spawnSync('wrangler', ['deploy', '--env', 'production', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  stop(status ?? 1);
});
