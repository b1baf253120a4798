import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Schema, Validator } from '@cfworker/json-schema';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { experimental_readRawConfig } from 'wrangler';
import { runMigrations } from '../../local/migrations.ts';
import { freePort } from '../../local/processes.ts';
import { ROOT } from '../../local/settings.ts';
import { startSqld } from '../../local/sqld.ts';
import { discard, runScript, temporary } from '../support/dev.ts';

const directory = temporary();
const ends: (() => Promise<unknown>)[] = [async () => discard(directory)];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

let database: string;
beforeAll(async () => {
  const data = path.join(directory, 'database');
  const sqld = await startSqld({
    port: await freePort(),
    directory: data,
    onEnd: (end) => ends.push(end),
  });
  database = sqld.url;
});

const deploy = async (...args: string[]) => {
  const program = runScript(['deploy', '--', ...args], {
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_LOG_PATH: directory,
  });
  return { code: await program.ended, output: program.output() };
};

/** A copy of wrangler.toml in a folder of its own, filled in, and changed as a test needs it. */
const configure = (change: (text: string) => string) => {
  const text = readFileSync(path.join(ROOT, 'wrangler.toml'), 'utf8')
    .replaceAll('"src/index.ts"', JSON.stringify(path.join(ROOT, 'src/index.ts')))
    .replaceAll('"dist/site"', JSON.stringify(path.join(ROOT, 'dist/site')))
    .replaceAll(/<your \w+>/g, 'example')
    .replace('libsql://example.turso.io', database)
    .replace('<region of the database>', 'us-east-1')
    .replace('"your-bucket"', '"example-photos"');
  const file = path.join(directory, 'wrangler.toml');
  writeFileSync(file, change(text));
  return file;
};

it('refuses to deploy while placeholders remain, and names each of them', async () => {
  const { code, output } = await deploy();
  expect(code).toBe(1);
  for (const name of ['vars.LIBSQL_URL', 'placement.region', 'r2_buckets.0.bucket_name'])
    expect(output).toContain(`env.production.${name} = `);
});

it('refuses to deploy while the database lacks a migration, or does not answer', async () => {
  const behind = await deploy(
    '--config',
    configure((text) => text),
    '--dry-run',
  );
  expect([behind.code, behind.output]).toEqual([1, expect.stringContaining('Run npm run db:migrate first')]);
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const config = configure((text) => text.replace(database, nowhere));
  const silent = await deploy('--config', config, '--dry-run');
  expect([silent.code, silent.output]).toEqual([
    1,
    expect.stringContaining(`Could not ask the database at ${nowhere}`),
  ]);
});

it('names the settings that only development has, and deploys the rest', async () => {
  await runMigrations({ LIBSQL_URL: database });
  const config = configure((text) => text.replace('[vars]', '[vars]\nONLY_HERE = "4"'));
  const { code, output } = await deploy('--config', config, '--dry-run');
  expect(code, output).toBe(0);
  expect(output).toContain('  ONLY_HERE = "4"\n');
  expect(output).not.toContain('  CORS_ORIGINS = ');
  expect(output).toContain('Production uses the default of each.');
  expect(output).toContain('--dry-run: exiting now.');
});

it('has no key in wrangler.toml that the installed wrangler does not know', () => {
  const { rawConfig } = experimental_readRawConfig({ config: configure((text) => text) });
  const schema = readFileSync(path.join(ROOT, 'node_modules/wrangler/config-schema.json'), 'utf8');
  const { valid, errors } = new Validator(JSON.parse(schema) as Schema, '7', false).validate(rawConfig);
  expect(valid, JSON.stringify(errors, null, 1)).toBe(true);
});
