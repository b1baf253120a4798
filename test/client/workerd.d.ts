/** As much of workerd as a test of the client uses; its own types do not go together with a browser's. */
declare module 'cloudflare:workers' {
  export const exports: { default: { fetch: (request: Request) => Promise<Response> } };
}
