import { app } from './app.ts';
import { sweepImports } from './domain/imports.ts';
import { sweepObjects, sweepTokens } from './domain/sweep.ts';
import { readSettings } from './env.ts';
import { openTools } from './middleware/tools.ts';
import { startWaiting } from './storage/waiting.ts';

export default {
  fetch: app.fetch,
  async scheduled(_controller, env, ctx) {
    const tools = openTools(env, readSettings(env), startWaiting(Number.POSITIVE_INFINITY), (work) => ctx.waitUntil(work));
    const swept = await Promise.all([sweepObjects(tools), sweepTokens(tools), sweepImports(tools)]);
    console.log(JSON.stringify({ event: 'swept', ...swept[0] }));
  },
} satisfies ExportedHandler<Env>;
