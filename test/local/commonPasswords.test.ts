import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { commonPasswords, writeFilter } from '../../local/buildCommonPasswords.ts';
import { ROOT } from '../../local/settings.ts';
import { mayContain } from '../../src/domain/accounts/bloomFilter.ts';
import { COMMON_PASSWORDS } from '../../src/domain/accounts/commonPasswords.ts';

const filter = Buffer.from(COMMON_PASSWORDS, 'base64');

it('is what npm run build:passwords makes', () => {
  const file = path.join(ROOT, 'src/domain/accounts/commonPasswords.ts');
  expect(readFileSync(file, 'utf8')).toBe(writeFilter());
});

it('knows each of the 10,000 most common passwords, and few others', () => {
  const passwords = commonPasswords();
  expect(passwords).toHaveLength(10_000);
  expect(passwords.filter((password) => !mayContain(filter, password.toLowerCase()))).toEqual([]);
  const others = Array.from({ length: 20_000 }, (_, i) => `violet tram ${i}`);
  expect(others.filter((password) => mayContain(filter, password)).length).toBeLessThan(40);
});
