import { cpSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from './settings.ts';

const FROM_SWAGGER = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** Builds the API reference: swagger-ui and our page, which shows `/openapi.json`. */
export const buildDocs = (directory: string): void => {
  const swagger = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  mkdirSync(directory, { recursive: true });
  cpSync(path.join(ROOT, 'web/docs'), directory, { recursive: true });
  for (const file of FROM_SWAGGER) cpSync(path.join(swagger, file), path.join(directory, file));
};
