import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './settings.ts';

/** A digest of the names and contents of files. `patterns` are globs from the root of the repository. */
const digestOf = (patterns: string[]): string => {
  const hash = createHash('sha256');
  for (const file of globSync(patterns, { cwd: ROOT }).sort()) {
    const full = path.join(ROOT, file);
    if (statSync(full).isFile()) hash.update(`${file}\0`).update(readFileSync(full)).update('\0');
  }
  return hash.digest('hex');
};

type Step = { name: string; inputs: string[]; outputs: string[]; make: () => Promise<unknown> };

/** Runs a step of the build, unless its outputs exist and its inputs have not changed. Answers whether it ran. */
export const runWhenChanged = async ({ name, inputs, outputs, make }: Step): Promise<boolean> => {
  const stamp = path.join(ROOT, 'dist', `${name}.stamp`);
  const digest = digestOf(inputs);
  const isThere = outputs.every((file) => existsSync(path.join(ROOT, file)));
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return false;
  await make();
  writeFileSync(stamp, digest);
  return true;
};
