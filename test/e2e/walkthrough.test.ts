import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../local/settings.ts';
import { type Dev, discard, startDev, temporary } from '../support/dev.ts';

/* The blocks marked `bash` in the docs are pasted line by line into bash, against a stack of their own. */

const PAGES = {
  'README.md': ['User ann created', 'First light', '"posted": 0', 'image/webp, ', 'Photo deleted'],
  'docs/exchange.md': ['File uploaded', 'contact sheet.jpg', '"bytes": ', 'the same bytes'],
  'docs/movies.md': ['"admin"', '"Batman"', '81', '"added": 2', '"Metropolis"'],
};

let dev: Dev;
const home = temporary();

beforeAll(async () => {
  dev = await startDev();
  // By default curl succeeds on an error status. Here it must fail.
  writeFileSync(path.join(home, '.curlrc'), 'fail-with-body\nshow-error\n');
});
afterAll(async () => {
  await dev?.stop();
  for (const directory of [dev?.directory, home]) if (directory) discard(directory);
});

const blocksOf = (page: string) =>
  [...readFileSync(path.join(ROOT, page), 'utf8').matchAll(/^```bash\n(.*?)^```$/gms)].map(
    ([, block = '']) => block,
  );

const paste = (script: string) =>
  new Promise<{ code: number | null; output: string }>((resolve) => {
    const env = { ...process.env, ...dev.ports, CURL_HOME: home };
    const bash = spawn('bash', ['-euo', 'pipefail'], { cwd: ROOT, env });
    let output = '';
    for (const stream of [bash.stdout, bash.stderr])
      stream.on('data', (data) => {
        output += data;
      });
    bash.once('close', (code) => resolve({ code, output }));
    bash.stdin.end(script);
  });

it.each(Object.entries(PAGES))('%s can be pasted into bash as it is printed', async (page, expected) => {
  const script = blocksOf(page).join('').replaceAll('http://127.0.0.1:8787', dev.url);
  expect(script).toContain(`api=${dev.url}`);
  const { code, output } = await paste(script);
  expect(code, output).toBe(0);
  for (const text of expected) expect(output).toContain(text);
});
