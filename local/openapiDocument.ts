import { registerHooks } from 'node:module';

/** A WebAssembly module is imported as workerd has it; describing the API runs none. */
const withoutWasm = () =>
  registerHooks({
    load: (url, context, next) =>
      url.endsWith('.wasm')
        ? { format: 'module', source: 'export default undefined;', shortCircuit: true }
        : next(url, context),
  });

const SETTINGS = {
  JWT_SECRET: 'only to describe the API, never to sign',
  LIBSQL_URL: 'http://127.0.0.1:9',
  UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:9',
  UPSTASH_REDIS_REST_TOKEN: 'none',
};

/** The OpenAPI document of the Worker's source, as JSON text. Asks no dependency. */
export const describeApi = async (): Promise<string> => {
  const hooks = withoutWasm();
  const { app } = await import('../src/app.ts');
  hooks.deregister();
  const context = { waitUntil() {}, passThroughOnException() {}, props: {} };
  const answer = await app.request('/openapi.json', {}, SETTINGS, context as never);
  if (!answer.ok) throw new Error(`The API cannot be described: ${answer.status} ${await answer.text()}`);
  return JSON.stringify(await answer.json());
};
