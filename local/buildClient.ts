import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { buildTypes } from './build.ts';
import { ROOT } from './settings.ts';

/** `npm pack -w client`: the client as others install it, JavaScript and declarations. */
await buildTypes();
rmSync(path.join(ROOT, 'client/dist'), { recursive: true, force: true });
const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
process.exitCode = spawnSync(tsc, ['-p', path.join(ROOT, 'client')], { stdio: 'inherit' }).status ?? 1;
