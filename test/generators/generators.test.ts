import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import openapiTypescript, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../local/settings.ts';
import { freshName } from '../support/api.ts';
import { type Dev, discard, startDev } from '../support/dev.ts';
import { png } from '../support/images.ts';
import { TEST_SETTINGS } from '../support/settings.ts';

/* Clients that generators make of the served document work against a running stack. */

const PROGRAMS = path.join(ROOT, 'test/generators/programs');
const OUTPUT = path.join(ROOT, 'dist/generators');

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    types: [],
  },
  include: ['.'],
};

let dev: Dev;

beforeAll(async () => {
  dev = await startDev({ settings: TEST_SETTINGS });
});
afterAll(async () => {
  await dev?.stop();
  discard(dev.directory);
});

/** The program beside the client that is generated for it. @throws Error where they do not compile together */
const build = async (program: string, generate: (directory: string) => Promise<unknown>) => {
  const directory = path.join(OUTPUT, program);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(path.join(directory, 'generated'), { recursive: true });
  await generate(path.join(directory, 'generated'));
  for (const file of [`${program}.ts`, 'told.ts'])
    cpSync(path.join(PROGRAMS, file), path.join(directory, file));
  writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const { status, stdout } = spawnSync(path.join(ROOT, 'node_modules/.bin/tsc'), ['-p', directory], {
    encoding: 'utf8',
  });
  expect(status, stdout).toBe(0);
  return (await import(path.join(directory, `${program}.ts`))) as {
    run: (told: object) => Promise<{ photo: unknown; code: unknown }>;
  };
};

const expectToWork = async ({ run }: Awaited<ReturnType<typeof build>>) => {
  const username = freshName();
  const image = new File([png(3, 2) as BufferSource], 'first light.png');
  const { photo, code } = await run({ origin: dev.url, username, image });
  expect(photo).toMatchObject({ username, posted: 1, caption: 'First light', width: 3, height: 2 });
  expect(code).toBe('not_found');
};

it('works with @hey-api/openapi-ts, which finds the address of the API in the document', async () => {
  const program = await build('heyApi', (output) =>
    createClient({
      input: `${dev.url}/openapi.json`,
      output,
      plugins: ['@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript'],
      logs: { level: 'silent' },
    }),
  );
  await expectToWork(program);
});

it('works with openapi-typescript and openapi-fetch', async () => {
  const blob = ts.factory.createTypeReferenceNode('Blob');
  const program = await build('openapiTypescript', async (directory) => {
    const syntax = await openapiTypescript(new URL(`${dev.url}/openapi.json`), {
      transform: ({ format }) => (format === 'binary' ? blob : undefined),
    });
    writeFileSync(path.join(directory, 'schema.ts'), astToString(syntax));
  });
  await expectToWork(program);
});
