/**
 * Builds the resource-server library for services that take it as a package: JavaScript and declarations in
 * dist/package, ready for `npm publish dist/package`; there it is `tay-ninh-id/guard`, too. The project itself needs no
 * build.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv[2] ?? `${root}dist/package`;

rmSync(out, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [
    `${root}node_modules/.bin/tsc`,
    ...['--ignoreConfig', '--declaration', '--strict', '--rewriteRelativeImportExtensions'],
    ...['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2024,dom', '--types', 'node'],
    ...['--rootDir', `${root}src/guard`, '--outDir', `${out}/guard`, `${root}src/guard/index.ts`],
  ],
  { stdio: 'inherit', cwd: root },
);
const { version, license, dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const manifest = {
  name: 'tay-ninh-id',
  version,
  license,
  description: 'Refuses tokens of Tây Ninh ID that do not reach the level a service needs',
  type: 'module',
  engines: { node: '>=20' },
  exports: { './guard': { types: './guard/index.d.ts', default: './guard/index.js' } },
  dependencies: { jose: dependencies.jose },
};
writeFileSync(`${out}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(`${root}docs/resource-server.md`, `${out}/README.md`);
