import { app } from './app.ts';
import { sweepImports } from './domain/movies/imports.ts';
import { sweepObjects, sweepTokens } from './domain/objects/sweep.ts';
import { readSettings } from './env.ts';
import { describeFailure } from './storage/database.ts';
import { startBudget } from './storage/requestBudget.ts';
import { openTools } from './storage/tools.ts';

export default {
  fetch: app.fetch,
  async scheduled(_controller, env, ctx) {
    const tools = openTools(env, readSettings(env), startBudget(Number.POSITIVE_INFINITY), (work) =>
      ctx.waitUntil(work),
    );
    const sweeps = { objects: sweepObjects(tools), tokens: sweepTokens(tools), imports: sweepImports(tools) };
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
