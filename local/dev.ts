import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSite } from './build.ts';
import { expectFree, start, supervise, until } from './processes.ts';
import { startParts } from './services.ts';
import { ROOT, readPlace } from './settings.ts';

const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  DO_NOT_TRACK: '1',
};

/** `npm run dev`: builds what has changed, starts sqld and the Redis bridge, migrates, and starts `wrangler dev`. One line says when all of it is ready. */
await supervise(async (onEnd, stop) => {
  const { port, data } = readPlace();
  await expectFree(port, 'the API', 'PORT=…');
  await buildSite();
  const vars = await startParts(onEnd, stop);
  mkdirSync(data, { recursive: true });
  const file = path.join(data, 'worker.vars');
  const lines = Object.entries(vars).filter(([, value]) => value);
  writeFileSync(file, lines.map(([name, value]) => `${name}="${value}"\n`).join(''), { mode: 0o600 });

  const wrangler = start(
    'wrangler',
    [
      ['dev', ...process.argv.slice(2)],
      ['--ip', '127.0.0.1', '--port', String(port)],
      ['--persist-to', path.join(data, 'wrangler'), '--env-file', file],
      ['--show-interactive-dev-session=false', '--log-level', process.env.LOG_LEVEL ?? 'log'],
    ].flat(),
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...QUIET } },
  );
  onEnd(() => wrangler.end(5_000));
  void wrangler.gone.then((how) => stop(1, `wrangler stopped (${how}).`));
  await until(async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok, 180_000, 'wrangler dev');
  console.log(`Darkroom is ready on http://127.0.0.1:${port}`);
});
