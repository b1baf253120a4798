import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { runMigrations } from '../../local/migrations.ts';
import { ROOT } from '../../local/settings.ts';
import { startServices } from './globalSetup.ts';

const TABLE = /sqliteTable\(\s*'\w+',\s*\{/g;
const COLUMNS = "newText: text('new_text'), newNumber: integer('new_number').notNull().default(7),";

/** The source of the schema with two new columns in every table: one nullable, one with a default. */
const addColumns = (source: string) => source.replaceAll(TABLE, (start) => `${start} ${COLUMNS}`);

/** A Vite plugin: the Worker under test has the new columns in its schema. */
export const newColumns = {
  name: 'new-columns',
  enforce: 'pre' as const,
  transform: (code: string, id: string) =>
    id.endsWith('/src/storage/schema.ts') ? addColumns(code) : undefined,
};

/** Generates the migration for the new columns as a developer does, in a scratch copy, and applies it. */
const migrate = async (database: { LIBSQL_URL: string }) => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'darkroom-'));
  try {
    cpSync(path.join(ROOT, 'migrations'), path.join(scratch, 'migrations'), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(scratch, 'node_modules'));
    const schema = readFileSync(path.join(ROOT, 'src/storage/schema.ts'), 'utf8');
    writeFileSync(path.join(scratch, 'schema.ts'), addColumns(schema));
    const generate = ['generate', '--dialect', 'sqlite', '--schema', 'schema.ts', '--out', 'migrations'];
    await promisify(execFile)(
      process.execPath,
      [path.join(ROOT, 'node_modules/drizzle-kit/bin.cjs'), ...generate],
      { cwd: scratch },
    );
    await runMigrations(database, { folder: path.join(scratch, 'migrations') });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

export default (project: TestProject) => startServices(project, migrate);
