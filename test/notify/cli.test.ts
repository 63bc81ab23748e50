/** `cli zalo-oa token`: from standard input, sealed, audited; nothing on the command line. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/audit.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const program = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const TOKEN = 'a-refresh-token-of-the-official-account';
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

function run(input: string, words: string[] = []): Promise<{ code: number | null; out: string }> {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: database.url,
    TNID_MASTER_KEYS: `1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64url')}`,
  };
  const child = spawn(process.execPath, [program, 'zalo-oa', 'token', ...words], { env });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += chunk;
    });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((settle) => child.on('close', (code) => settle({ code, out })));
}

it('keeps the token sealed and says so in the audit chain', async () => {
  const { code, out } = await run(`${TOKEN}\n`);
  expect(out).not.toContain(TOKEN);
  expect(code).toBe(0);
  const row = await database.db.selectFrom('zalo_oa_tokens').selectAll().executeTakeFirstOrThrow();
  expect(row.sealed.includes(TOKEN)).toBe(false);
  const events = await database.db.selectFrom('audit_events').select('body').execute();
  expect(JSON.stringify(events)).toContain('zalo_oa.token_set');
  expect(JSON.stringify(events)).not.toContain(TOKEN);
  expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
});

it('takes no token that is none, and none from the command line', async () => {
  expect((await run('\n')).code).toBe(1);
  expect((await run('', [TOKEN])).code).toBe(2);
});
