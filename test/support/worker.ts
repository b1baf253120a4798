import { exports } from 'cloudflare:workers';
import { connect } from './api.ts';

export const ORIGIN = 'http://darkroom.test';

/** The Worker of this isolate, as its users reach it. */
export const {
  call,
  register,
  upload,
  describe: describeApi,
} = connect((url, init) => (exports as unknown as { default: Fetcher }).default.fetch(url, init as never) as never, ORIGIN);
