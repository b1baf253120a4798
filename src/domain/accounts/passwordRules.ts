import { Buffer } from 'node:buffer';
import type { Using } from '../../storage/tools.ts';
import { foldIdentifier } from '../text.ts';
import { mayContain } from './bloomFilter.ts';
import { COMMON_PASSWORDS } from './commonPasswords.ts';

let filter: Uint8Array | undefined;

/** Whether a password is one of the 10,000 most common ones; of the others, one in 2,000 is taken for one of them. */
const isCommon = (password: string): boolean => {
  filter ??= Buffer.from(COMMON_PASSWORDS, 'base64');
  return mayContain(filter, password.toLowerCase());
};

/**
 * What is wrong with a new password, if anything: too short, one of its account's own names, or one of the most common ones (NIST
 * SP 800-63B, 3.1.1.2). The text goes on after the name of the field.
 */
export const findPasswordFault = (
  { settings }: Using<'settings'>,
  password: string,
  names: (string | null | undefined)[],
): string | undefined => {
  const least = settings.PASSWORD_MIN_LENGTH;
  if ([...password].length < least) return `must be at least ${least} characters`;
  if (settings.PASSWORD_RULES === 'length') return undefined;
  const folded = foldIdentifier(password);
  if (names.some((name) => name && foldIdentifier(name) === folded))
    return 'must not be the username or the e-mail address';
  return isCommon(password) ? 'must not be one of the most common passwords' : undefined;
};
