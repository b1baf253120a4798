import type { Context as HonoContext } from 'hono';
import type { Tools } from '../storage/tools.ts';

/** What a request brings along: the Worker's bindings, and in `c.var` the tools. */
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

/** As much of a request as a function outside a handler may use; the context of every route fits it, whatever its middleware adds. */
export type Call = Pick<HonoContext<Context>, 'req' | 'var' | 'header' | 'body'>;
