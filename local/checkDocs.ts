import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { operations } from '../openapi/index.ts';
import { Settings } from '../src/env.ts';
import { ROOT } from './settings.ts';

/** Checks the docs, for `npm run check`: they name every operation, every setting and every log event, and every link leads somewhere. */

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

const pages = globSync(['*.md', 'docs/*.md', 'client/*.md', 'packages/*/*.md', 'web/*.md'], { cwd: ROOT });

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
    .replaceAll(' ', '-');

const anchorsIn = (page: string) =>
  Array.from(read(page).matchAll(/^#+ (.*)$/gm), ([, heading = '']) => anchorOf(heading));

const faults: string[] = [];

for (const page of pages)
  for (const [, target = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^\w+:/.test(target)) continue;
    const [file = '', anchor] = target.split('#');
    const linked = file ? path.join(path.dirname(page), file) : page;
    if (!existsSync(path.join(ROOT, linked)))
      faults.push(`${page} links to ${target}, which does not exist.`);
    else if (anchor && !anchorsIn(linked).includes(anchor))
      faults.push(`${page} links to ${target}, and ${linked} has no such heading.`);
  }

const contract = read('docs/contract.md');
for (const [name, { deprecated }] of Object.entries(operations))
  if (!deprecated && !contract.includes(`\`${name}\``))
    faults.push(`docs/contract.md does not name ${name}.`);

const readme = read('README.md');
for (const name of Object.keys(Settings.shape))
  if (!readme.includes(`\`${name}\``)) faults.push(`README.md, "Configuration", does not name ${name}.`);

const runbook = read('docs/operations.md');
const sources = globSync('src/**/*.ts', { cwd: ROOT }).map(read).join('\n');
const events = sources.matchAll(/(?:\bevent: |\bwarn\()'([a-z_]+)'/g);
for (const event of new Set(Array.from(events, ([, name = '']) => name)))
  if (!runbook.includes(`| \`${event}\` |`))
    faults.push(`docs/operations.md, "The log", does not explain the event ${event}.`);

for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
