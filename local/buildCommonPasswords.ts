import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { dictionary } from '@zxcvbn-ts/language-common';
import { addToFilter } from '../src/domain/accounts/bloomFilter.ts';
import { ROOT } from './settings.ts';

/** The source of the list: the 10,000 most common passwords of @zxcvbn-ts/language-common (MIT). */
const COUNT = 10_000;
/** 16 bits a password: one in 2,000 others is taken for one of them. */
const BYTES = 2 * COUNT;

export const commonPasswords = (): string[] => (dictionary['passwords-common'] as string[]).slice(0, COUNT);

/** The module that holds the filter. */
export const writeFilter = (): string => {
  const filter = new Uint8Array(BYTES);
  for (const password of commonPasswords()) addToFilter(filter, password.toLowerCase());
  return [
    '// Made by `npm run build:passwords` from the 10,000 most common passwords of @zxcvbn-ts/language-common (MIT).',
    'export const COMMON_PASSWORDS =',
    `  '${Buffer.from(filter).toString('base64')}';`,
    '',
  ].join('\n');
};

if (import.meta.main) writeFileSync(path.join(ROOT, 'src/domain/accounts/commonPasswords.ts'), writeFilter());
