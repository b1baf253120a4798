import { registerHooks } from 'node:module';

/** A WebAssembly module is imported as workerd has it; describing the API runs none. */
const withoutWasm = () =>
  registerHooks({
    load: (url, context, next) =>
      url.endsWith('.wasm')
        ? { format: 'module', source: 'export default undefined;', shortCircuit: true }
        : next(url, context),
  });

/** The OpenAPI document of the Worker's source, as JSON text. */
export const makeDocument = async (): Promise<string> => {
  const hooks = withoutWasm();
  const { describeApi } = await import('../openapi/build/document.ts');
  hooks.deregister();
  return `${JSON.stringify(describeApi(), null, 2)}\n`;
};
