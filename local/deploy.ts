import { spawnSync } from 'node:child_process';
import { unstable_readConfig } from 'wrangler';
import { buildSite } from './build.ts';
import { Sentence, supervise } from './processes.ts';
import { ROOT } from './settings.ts';

const placeholders = (value: unknown, name: string): string[] => {
  if (typeof value === 'string') return /<.+>|^your-/.test(value) ? [`${name} = "${value}"`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => placeholders(one, `${name}.${key}`));
};

/** `npm run deploy`: builds, and deploys [env.production], once it is filled in. */
await supervise(async (_, stop) => {
  const { vars, r2_buckets } = unstable_readConfig({ config: `${ROOT}/wrangler.toml`, env: 'production' });
  const open = placeholders({ vars, r2_buckets }, 'env.production');
  if (open.length > 0)
    throw new Sentence(
      `wrangler.toml is not filled in yet:\n  ${open.join('\n  ')}\nREADME.md, "Deploy to Cloudflare", says where each comes from.`,
    );
  await buildSite();
  const { status } = spawnSync('wrangler', ['deploy', '--env', 'production', ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  stop(status ?? 1);
});
