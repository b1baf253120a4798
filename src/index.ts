import { app } from './app.ts';
import { sweepImports } from './domain/movies/imports.ts';
import { fillTexts } from './domain/movies/searchFiller.ts';
import { sweepObjects, sweepTokens } from './domain/objects/sweep.ts';
import { readSettings } from './env.ts';
import { describeFailure } from './storage/database.ts';
import { startBudget } from './storage/requestBudget.ts';
import { openTools } from './storage/tools.ts';

/** Pages of search texts in one run of the cron, which may make 1,000 requests together with the sweeps. */
const MAX_TEXT_PAGES = 100;

export default {
  fetch: app.fetch,
  async scheduled(_controller, env, ctx) {
    const tools = openTools(env, readSettings(env), startBudget(Number.POSITIVE_INFINITY), (work) =>
      ctx.waitUntil(work),
    );
    const sweeps = {
      objects: sweepObjects(tools),
      tokens: sweepTokens(tools),
      imports: sweepImports(tools),
      texts: fillTexts(tools, MAX_TEXT_PAGES),
    };
    await Promise.all(
      Object.entries(sweeps).map(([sweep, work]) =>
        (work as Promise<object>).then(
          (swept) => console.log(JSON.stringify({ event: 'swept', sweep, ...swept })),
          (error) =>
            console.error(JSON.stringify({ event: 'sweep_failed', sweep, ...describeFailure(error) })),
        ),
      ),
    );
  },
} satisfies ExportedHandler<Env>;
