import { createMiddleware } from 'hono/factory';
import { readSettings } from '../env.ts';
import type { Context } from '../http/context.ts';
import { startBudget } from '../storage/requestBudget.ts';
import { openTools } from '../storage/tools.ts';

/**
 * Puts the verbs' tools into `c.var`. Hono's own `c.var` is a new copy of all variables at each access, which would open every tool:
 * here it is one object, whose prototype is the tools. @throws ApiError `unavailable` while a setting is missing or wrong
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
