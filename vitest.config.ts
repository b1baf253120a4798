import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const inWorkerd = ['test/{domain,middleware,routes,storage}/**/*.test.ts', 'test/client/workerd.test.ts'];
const inNode = [
  'test/{local,e2e,faults}/**/*.test.ts',
  'test/client/{node,package}.test.ts',
  'packages/*/test/**/*.test.ts',
];

export default defineConfig({
  test: {
    silent: 'passed-only',
    projects: [
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: inject('bindings') },
          })),
        ],
        // One isolate and one worker for all files: each further one costs 1.7 s. Tests use names of their own.
        test: {
          name: 'workerd',
          include: inWorkerd,
          globalSetup: './test/support/globalSetup.ts',
          isolate: false,
          maxWorkers: 1,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'node',
          include: inNode,
          testTimeout: 60_000,
          hookTimeout: 90_000,
          isolate: false,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          isolate: false,
          maxWorkers: 1,
        },
      },
    ],
  },
});
