import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import type { Settings } from '../../src/env.ts';
import worker from '../../src/index.ts';
import { connect } from './api.ts';

export const ORIGIN = 'http://darkroom.test';

/** The Worker in this isolate, called through its `fetch`. */
export const {
  call,
  register,
  upload,
  describe: describeApi,
} = connect(
  (url, init) => (exports as unknown as { default: Fetcher }).default.fetch(url, init as never) as never,
  ORIGIN,
);

type Bindings = { PHOTOS?: R2Bucket; IMAGES?: ImagesBinding | undefined } & Partial<
  Record<keyof Settings, string>
>;

/** The Worker with other bindings and settings. Each answer comes after its background work is done. */
export const withBindings = (bindings: Bindings) => {
  const other = { ...env, ...bindings } as unknown as Env;
  return connect(async (url, init) => {
    const ctx = createExecutionContext();
    const response = await worker.fetch(new Request(url, init) as never, other, ctx);
    const bytes = await response.arrayBuffer();
    await waitOnExecutionContext(ctx);
    return new Response(bytes.byteLength > 0 ? bytes : null, response);
  }, ORIGIN);
};

/** Records the calls of a binding as `[method, first argument]`. `before` may act at a call, or answer instead of it. */
export const spied = <B extends object>(
  binding: B,
  before: (method: string, argument: unknown) => unknown = () => undefined,
) => {
  const asked: [string, unknown][] = [];
  const proxy = new Proxy(binding, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        asked.push([String(name), args[0]]);
        const instead = before(String(name), args[0]);
        return instead instanceof Promise
          ? instead.then((answer) => (answer === undefined ? member.apply(target, args) : answer))
          : member.apply(target, args);
      };
    },
  });
  return { binding: proxy, asked };
};
