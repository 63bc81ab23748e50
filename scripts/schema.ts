/**
 * src/db/schema.ts is generated from the migrations, never written by hand. Without arguments: checks that it is
 * what the migrations make; with --write: writes it. Uses a throw-away PostgreSQL.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../src/db/database.ts';
import { migrate } from '../src/db/migrate.ts';
import { startThrowawayPostgres } from '../test/support/throwaway-postgres.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = join(root, 'src/db/schema.ts');
// database.ts makes pg give bigint for int8; without this the generator would say string.
const typeMapping = JSON.stringify({ int8: 'bigint' });

async function generateSchema(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tnid-schema-'));
  const server = await startThrowawayPostgres('tnid_schema');
  try {
    const db = openDatabase(server.url, 1);
    await migrate(db, new Date());
    await db.destroy();
    const generator = join(root, 'node_modules/.bin/kysely-codegen');
    const out = join(folder, 'schema.ts');
    const args = [
      '--dialect',
      'postgres',
      '--url',
      server.url,
      '--out-file',
      out,
      '--include-pattern',
      'public.*',
      '--type-mapping',
      typeMapping,
    ];
    execFileSync(process.execPath, [generator, ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return await readFile(out, 'utf8');
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const generated = await generateSchema();
if (process.argv.includes('--write')) {
  await writeFile(path, generated);
} else if ((await readFile(path, 'utf8').catch(() => '')) !== generated) {
  console.error(
    'src/db/schema.ts is not what the migrations make. Run: node_modules/.bin/node scripts/schema.ts --write',
  );
  process.exitCode = 1;
}
