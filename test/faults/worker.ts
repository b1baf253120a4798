import worker from '../../src/index.ts';

/** The Worker, with settings from a header of the request: each test chooses its own time limits. */
export default {
  fetch(request, env, ctx) {
    const settings = JSON.parse(request.headers.get('X-Settings') ?? '{}');
    return worker.fetch(request, { ...env, ...settings }, ctx);
  },
} satisfies ExportedHandler<Env>;
