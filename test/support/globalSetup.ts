import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startBridge } from '../../local/bridge.ts';
import { runMigrations } from '../../local/migrations.ts';
import { freePort } from '../../local/processes.ts';
import { startSqld } from '../../local/sqld.ts';
import { makeFixtures, secrets } from '../../packages/clean-image/test/support/fixtures.ts';
import { TEST_SETTINGS } from './settings.ts';
import './provided.ts';

type Migrate = (database: { LIBSQL_URL: string }) => Promise<void>;

/** Starts real services for the tests in workerd, on free ports: sqld and the Redis bridge. They end with the tests, or if this fails. */
export const startServices = async (project: TestProject, migrate: Migrate) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
  const ends: (() => Promise<unknown>)[] = [async () => rmSync(directory, { recursive: true, force: true })];
  const teardown = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    execFileSync('node', ['local/build.ts', '--types']);
    const token = 'test';
    const bridge = await startBridge({ port: 0, token, redisUrl: process.env.REDIS_URL });
    ends.push(bridge.close);
    const sqld = await startSqld({ port: await freePort(), directory, onEnd: (end) => ends.push(end) });
    await migrate({ LIBSQL_URL: sqld.url });
    const made = await makeFixtures();
    project.provide(
      'fixtures',
      made.map(({ name, contentType, info, file }) => ({
        name,
        contentType,
        info,
        base64: file.toString('base64'),
      })),
    );
    project.provide(
      'secrets',
      secrets.map((secret) => secret.toString('base64')),
    );
    project.provide('bindings', {
      ...TEST_SETTINGS,
      LIBSQL_URL: sqld.url,
      UPSTASH_REDIS_REST_URL: bridge.url,
      UPSTASH_REDIS_REST_TOKEN: token,
      JWT_SECRET: crypto.randomUUID() + crypto.randomUUID(),
      CORS_ORIGINS: 'https://app.example https://other.example',
    });
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
};

export default (project: TestProject) => startServices(project, runMigrations);
