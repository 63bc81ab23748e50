/** The library as a service takes it: built, installed under its name, used from JavaScript and from TypeScript. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tnid-guard-'));
const run = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

beforeAll(() => {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  execFileSync(process.execPath, [join(root, 'scripts/build-guard.ts'), join(modules, 'tay-ninh-id')]);
  for (const name of ['jose', 'koa', '@types'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

const service = `import Koa from 'koa';
import { createGuard, forKoa, principalOf } from 'tay-ninh-id/guard';

const guard = createGuard({
  issuer: 'http://127.0.0.1:1',
  resource: 'urn:a',
  clientId: 'a-service',
  clientSecret: 'secret',
});
const { requireLevel } = forKoa(guard);
const app = new Koa();
app.use(requireLevel('level2', { maxAge: 900, scope: 'hoso.nop' }));
app.use((ctx) => {
  ctx.body = { filedBy: principalOf(ctx).sub };
});
`;

describe('the guard as a package', () => {
  it('runs as JavaScript and refuses whoever brings no token', () => {
    const ask = `const server = app.listen(0, '127.0.0.1', async () => {
  const answer = await fetch('http://127.0.0.1:' + server.address().port);
  console.log(answer.status, answer.headers.get('www-authenticate'));
  server.close();
});`;
    writeFileSync(join(folder, 'service.js'), service + ask);
    expect(run('service.js').trim()).toBe('401 Bearer');
  });

  it('brings its types', () => {
    writeFileSync(join(folder, 'service.ts'), service);
    writeFileSync(join(folder, 'wrong.ts'), service.replace("'level2'", "'level3'"));
    const check = (file: string) =>
      run(
        join(root, 'node_modules/typescript/bin/tsc'),
        ...['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext'],
        ...['--target', 'es2022', '--types', 'node', file],
      );
    expect(check('service.ts')).toBe('');
    expect(() => check('wrong.ts')).toThrow(/level3|Command failed/);
  });
});
