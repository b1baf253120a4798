import { readFileSync, writeFileSync } from 'node:fs';
import generate, { astToString } from 'openapi-typescript';

/** Writes the types of an OpenAPI document. */
export const writeTypes = async (document: string, file: string): Promise<void> => {
  const syntax = await generate(JSON.parse(readFileSync(document, 'utf8')), { alphabetize: true });
  writeFileSync(file, `// Made from the OpenAPI document by \`npm run build\`.\n${astToString(syntax)}`);
};
