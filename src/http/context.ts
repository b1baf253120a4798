import type { Context as HonoContext } from 'hono';
import type { Tools } from '../storage/tools.ts';

/** What a handler may use: the Worker's bindings, and in `c.var` the tools. */
export type Context = {
  Bindings: Env;
  Variables: Tools & {
    requestId: string;
    failure: unknown;
    /** A token that did not come in the Authorization header. */
    tokenInBody?: string;
    /** That token came in the cookie, and so does its successor. */
    isByCookie?: boolean;
  };
};

/** The part of a context that functions outside of handlers use. The context of every route fits it, whatever its middleware adds. */
export type Call = Pick<HonoContext<Context>, 'req' | 'var' | 'header' | 'body'>;
