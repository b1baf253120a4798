import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT } from '../../local/settings.ts';
import { discard, temporary } from '../support/dev.ts';

const directory = temporary();
afterAll(() => discard(directory));

const run = (command: string, args: string[], cwd = directory) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  return { status, output: stdout + stderr };
};

const PROGRAM = `
import { createClient, ProblemError, type Photo } from 'darkroom-client';

const client = createClient({ origin: 'https://darkroom.example' });
export const upload = async (file: Blob): Promise<Photo> => {
  const photo = await client.uploadPhoto(file, { caption: 'First light' });
  // @ts-expect-error: an id is a number
  await client.publishPhoto('1');
  for await (const { caption } of client.listPhotos({ order: 'desc' })) console.log(caption?.length);
  return photo;
};
export const code = (error: unknown): string | undefined =>
  error instanceof ProblemError ? error.code : undefined;
`;

it('compiles in a project that has nothing else, with nothing of ours but the package', () => {
  const packed = run('npm', ['pack', '--silent', '-w', 'client', '--pack-destination', directory], ROOT);
  expect(packed.status, packed.output).toBe(0);
  const modules = path.join(directory, 'node_modules');
  mkdirSync(path.join(modules, 'darkroom-client'), { recursive: true });
  const tarball = path.join(directory, packed.output.trim().split('\n').at(-1) ?? '');
  const unpacked = run('tar', [
    '-xzf',
    tarball,
    '--strip-components=1',
    '-C',
    path.join(modules, 'darkroom-client'),
  ]);
  expect(unpacked.status, unpacked.output).toBe(0);
  for (const name of ['openapi-fetch', 'openapi-typescript-helpers'])
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  writeFileSync(path.join(directory, 'package.json'), '{"type": "module"}');
  writeFileSync(path.join(directory, 'program.ts'), PROGRAM);
  const options = [
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--types',
    '',
    '--outDir',
    'out',
  ];
  const compiled = run(path.join(ROOT, 'node_modules/.bin/tsc'), [...options, 'program.ts']);
  expect(compiled.status, compiled.output).toBe(0);
  const started = run(process.execPath, ['out/program.js']);
  expect(started.status, started.output).toBe(0);
});
