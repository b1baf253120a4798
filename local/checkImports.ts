import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Checks the import direction, for `npm run check`: a layer may import itself and the layers after it. Imports of types
 * count, and so do indirect imports.
 */

const LAYERS = ['src/routes', 'src/middleware', 'src/http', 'src/domain', 'src/storage'];

/** Every layer may import these. They import no layer. */
const SHARED = ['src/env.ts', 'src/errors.ts'];

const ENTRIES = ['src/app.ts', 'src/index.ts'];

/** Packages that these places may not import, not even through other files. */
const UNREACHABLE = [
  {
    from: ['src/domain', 'src/storage', ...SHARED],
    packages: /^(hono|@hono\/.*)(\/|$)/,
    except: /^hono\/jwt$/,
    why: 'the domain and the storage know no HTTP.',
  },
  {
    from: ['packages/clean-image/src'],
    packages: /^(?!node:)/,
    except: /^$/,
    why: 'clean-image depends on nothing.',
  },
];

/** The only places that may write statements. */
const STATEMENTS = ['src/domain', 'src/storage'];

const inside = (file: string, places: string[]) =>
  places.some((place) => file === place || file.startsWith(`${place}/`));

const files = globSync(['src/**/*.ts', 'packages/*/src/**/*.ts']).map((file) =>
  file.replaceAll(path.sep, '/'),
);

/** The entry file of each workspace, by its package name. */
const workspaces = new Map(
  globSync('packages/*/package.json').map((file) => {
    const { name, exports } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; exports: string };
    return [name, path.posix.join(file.replaceAll(path.sep, '/'), '..', exports)];
  }),
);

/** The imports of each file: project files and workspaces by path, packages by name. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(file, 'utf8');
    const names = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
      ([, name = '']) => name,
    );
    const resolve = (name: string) =>
      name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : (workspaces.get(name) ?? name);
    return [file, names.map(resolve)];
  }),
);

const importsValues = (file: string, target: string): boolean => {
  const name = path.posix.relative(path.posix.dirname(file), target);
  return new RegExp(`^import (?!type\\b)[^;]*'${name}'`, 'm').test(readFileSync(file, 'utf8'));
};

const faults: string[] = [];

for (const [file, targets] of imports) {
  const layer = LAYERS.findIndex((place) => inside(file, [place]));
  for (const target of targets) {
    const to = LAYERS.findIndex((place) => inside(target, [place]));
    if (to >= 0 && (inside(file, SHARED) || (layer >= 0 && to < layer)))
      faults.push(
        `${file} imports ${target}: imports run one way, from ${LAYERS.map((name) => name.slice(4)).join(' to ')}.`,
      );
    if (inside(target, ENTRIES) && !inside(file, ENTRIES))
      faults.push(`${file} imports ${target}, which only starts the Worker.`);
    if (/^(local|test|bench|web|client)\//.test(target))
      faults.push(`${file} imports ${target}: src/ may not import what is only for development.`);
    if (/^openapi\//.test(target) && importsValues(file, target))
      faults.push(`${file} imports values of ${target}: the document must stay out of the bundle.`);
    if (/^drizzle-orm(\/|$)/.test(target) && !inside(file, STATEMENTS))
      faults.push(`${file} imports ${target}: statements belong in ${STATEMENTS.join(' and ')}.`);
    if (inside(file, ['packages']) && inside(target, ['src']))
      faults.push(`${file} imports ${target}, which is outside of its package.`);
  }
}

/** The first chain of imports from a file to a forbidden package, if there is one. */
const findWay = (
  file: string,
  forbidden: (name: string) => boolean,
  seen = new Set<string>(),
): string[] | undefined => {
  if (seen.has(file)) return undefined;
  seen.add(file);
  for (const target of imports.get(file) ?? []) {
    if (!imports.has(target)) {
      if (!/^(\.|src\/|packages\/)/.test(target) && forbidden(target)) return [file, target];
      continue;
    }
    const way = findWay(target, forbidden, seen);
    if (way) return [file, ...way];
  }
  return undefined;
};

for (const { from, packages, except, why } of UNREACHABLE)
  for (const file of files.filter((name) => inside(name, from))) {
    const way = findWay(file, (name) => packages.test(name) && !except.test(name));
    if (way) faults.push(`${way.join(' → ')}: ${why}`);
  }

for (const fault of faults) console.error(fault);
if (files.length === 0) throw new Error('No source file found: run this from the root of the repository');
process.exitCode = faults.length > 0 ? 1 : 0;
