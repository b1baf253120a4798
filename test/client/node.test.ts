import { afterAll, beforeAll } from 'vitest';
import { type Dev, discard, startDev } from '../support/dev.ts';
import { TEST_SETTINGS } from '../support/settings.ts';
import { tellStories } from './stories.ts';

let dev: Dev;

beforeAll(async () => {
  dev = await startDev({ settings: { ...TEST_SETTINGS, UPLOADS_PER_MINUTE: '60' } });
});
afterAll(async () => {
  await dev?.stop();
  discard(dev.directory);
});

tellStories('Node', () => ({ origin: dev.url, fetch: (request) => fetch(request) }));
