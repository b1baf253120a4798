import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { newColumns } from './test/support/newColumns.ts';

const inWorkerd = [
  'test/{domain,http,middleware,routes,storage}/**/*.test.ts',
  'test/client/workerd.test.ts',
];
const inNode = [
  'test/{local,e2e,faults}/**/*.test.ts',
  'test/client/{node,package}.test.ts',
  'test/generators/*.test.ts',
  'packages/*/test/**/*.test.ts',
];

/** Run with new columns in every table; see test/support/newColumns.ts. */
const withNewColumns = ['test/schema/*.test.ts', 'test/domain/objects/sweep.test.ts'];

const workerd = () =>
  cloudflareTest(({ inject }) => ({
    wrangler: { configPath: './wrangler.toml' },
    miniflare: { bindings: inject('bindings') },
  }));

export default defineConfig({
  test: {
    silent: 'passed-only',
    projects: [
      {
        plugins: [workerd()],
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
        plugins: [newColumns, workerd()],
        test: {
          name: 'new columns',
          include: withNewColumns,
          globalSetup: './test/support/newColumns.ts',
          isolate: false,
          maxWorkers: 1,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'node',
          include: inNode,
          testTimeout: 300_000,
          hookTimeout: 300_000,
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
