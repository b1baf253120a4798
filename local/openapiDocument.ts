import { registerHooks } from 'node:module';

/** In workerd an import of WebAssembly is a module. Describing the API runs none, so an empty one will do. */
const withoutWasm = () =>
  registerHooks({
    load: (url, context, next) =>
      url.endsWith('.wasm')
        ? { format: 'module', source: 'export default undefined;', shortCircuit: true }
        : next(url, context),
  });

/** Makes the OpenAPI document from the source of the Worker, as JSON text. */
export const makeDocument = async (): Promise<string> => {
  const hooks = withoutWasm();
  const { describeApi } = await import('../openapi/build/document.ts');
  hooks.deregister();
  return `${JSON.stringify(describeApi(), null, 2)}\n`;
};
