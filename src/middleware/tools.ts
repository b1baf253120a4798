import { createMiddleware } from 'hono/factory';
import { readSettings } from '../env.ts';
import type { Context } from '../http/context.ts';
import { startBudget } from '../storage/requestBudget.ts';
import { openTools } from '../storage/tools.ts';

/**
 * Puts the tools that verbs use into `c.var`. Hono copies all variables at each access of `c.var`, which would open every tool. So we
 * replace it by one object whose prototype is the tools. @throws ApiError `unavailable` if a setting is missing or invalid
 */
export const tools = createMiddleware<Context>(async (c, next) => {
  const settings = readSettings(c.env);
  const budget = startBudget(settings.REQUEST_BUDGET_MS);
  const opened = openTools(c.env, settings, budget, (work) => c.executionCtx.waitUntil(work));
  const variables: Record<string, unknown> = Object.assign(Object.create(opened), c.var);
  Object.defineProperty(c, 'var', { value: variables });
  c.get = (name: string) => variables[name] as never;
  c.set = (name: string, value: unknown) => {
    variables[name] = value;
  };
  await next();
});
