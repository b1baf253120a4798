import { cpSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildDocs } from './buildDocs.ts';
import { makeDocument } from './openapiDocument.ts';
import { ROOT } from './settings.ts';
import { runWhenChanged } from './stamps.ts';

const SITE = 'dist/site';

/** The site is built here, and moved to its place when it is complete, because a running `wrangler dev` watches that place. */
const BENCH = 'dist/making';
const DOCUMENT = 'dist/openapi.json';
const TYPES = 'client/src/schema.ts';

const at = (file: string) => path.join(ROOT, file);

/** The OpenAPI document, from the Worker's source. The Worker serves it as a static file. */
const buildDocument = async () => {
  await runWhenChanged({
    name: 'openapi',
    inputs: [
      '{src,openapi}/**/*.ts',
      'packages/*/src/**/*.ts',
      'local/openapiDocument.ts',
      'package-lock.json',
    ],
    outputs: [DOCUMENT, `${SITE}/openapi.json`],
    async make() {
      mkdirSync(at(SITE), { recursive: true });
      writeFileSync(at(DOCUMENT), await makeDocument());
      cpSync(at(DOCUMENT), at(`${SITE}/openapi.json`));
    },
  });
};

/** The client's types, from the OpenAPI document. */
export const buildTypes = async (): Promise<void> => {
  await buildDocument();
  await runWhenChanged({
    name: 'types',
    inputs: [DOCUMENT, 'client/build/types.ts', 'client/package.json'],
    outputs: [TYPES],
    async make() {
      const { writeTypes } = await import('../client/build/types.ts');
      await writeTypes(at(DOCUMENT), at(TYPES));
    },
  });
};

const buildApp = async () => {
  const { build } = await import('vite');
  await build({ root: at('web'), logLevel: 'warn', build: { outDir: at(`${BENCH}/app`) } });
  cpSync(at(`${BENCH}/app/index.html`), at(`${BENCH}/index.html`)); // what /app/anything else is answered with
};

/** Replaces the old site by the new one, file by file. */
const replaceSite = () => {
  cpSync(at(BENCH), at(SITE), { recursive: true });
  const isOld = (file: string) => !existsSync(path.join(at(BENCH), file));
  for (const file of globSync('**', { cwd: at(SITE) }).filter(isOld))
    rmSync(path.join(at(SITE), file), { recursive: true, force: true });
  rmSync(at(BENCH), { recursive: true });
};

/** Builds the static files that the Worker serves: the web app, the API reference and a few others. */
export const buildSite = async (): Promise<void> => {
  await buildTypes();
  await runWhenChanged({
    name: 'site',
    inputs: [
      TYPES,
      'client/src/**',
      'web/{src,docs,site}/**',
      'web/*',
      'local/build*.ts',
      'package-lock.json',
    ],
    outputs: [`${SITE}/index.html`, `${SITE}/_headers`, `${SITE}/docs/index.html`],
    async make() {
      rmSync(at(BENCH), { recursive: true, force: true });
      cpSync(at('web/site'), at(BENCH), { recursive: true });
      cpSync(at(DOCUMENT), at(`${BENCH}/openapi.json`));
      await buildApp();
      buildDocs(at(`${BENCH}/docs`));
      replaceSite();
    },
  });
};

if (import.meta.main) await (process.argv.includes('--types') ? buildTypes() : buildSite());
