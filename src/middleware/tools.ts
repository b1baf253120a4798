import { createMiddleware } from 'hono/factory';
import { readSettings } from '../env.ts';
import type { Context } from '../http/context.ts';
import { startBudget } from '../storage/requestBudget.ts';
import { openTools, type Tools } from '../storage/tools.ts';

/** Puts the verbs' tools into `c.var`. @throws ApiError `unavailable` while a setting is missing or wrong */
export const tools = createMiddleware<Context>(async (c, next) => {
  const settings = readSettings(c.env);
  const budget = startBudget(settings.REQUEST_BUDGET_MS);
  const opened = openTools(c.env, settings, budget, (work) => c.executionCtx.waitUntil(work));
  for (const name of Object.keys(opened) as (keyof Tools)[]) c.set(name, opened[name] as never);
  await next();
});
