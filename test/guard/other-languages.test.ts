/** The Python of docs/resource-server.md, as it stands there, against the sandbox. Other languages likewise, where they are. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suspendAccount } from '../../src/account/accounts.ts';
import { parseChallenge } from '../../src/guard/index.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';

const guide = await readFile(
  fileURLToPath(new URL('../../docs/resource-server.md', import.meta.url)),
  'utf8',
);
const run = promisify(execFile);
const has = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );

let product: Product;
let folder: string;
beforeAll(async () => {
  product = await startProduct();
  folder = await mkdtemp(join(tmpdir(), 'tnid-guide-'));
});
afterAll(async () => {
  await product?.close();
  await rm(folder, { recursive: true, force: true });
});

type Answer = [status: number, challenge: string | null, sub: string | null];
type Check = (authorization: string, maxAge?: number) => Promise<Answer>;

/** The block of the guide, at this product's address, with a line behind it that prints what `check` answers. */
async function write(language: string, file: string, ending: string): Promise<string> {
  const [, code = ''] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide) ?? [];
  const path = join(folder, file);
  await writeFile(path, `${code.replaceAll('http://localhost:3000', product.issuer)}\n${ending}\n`);
  return path;
}

const languages: [string, boolean, () => Promise<Check>][] = [
  [
    'Python',
    await has('python3'),
    async () => {
      const ending =
        "import sys\nprint(json.dumps(check(sys.argv[1] or None, 'level2', 'hoso.nop', int(sys.argv[2]))))";
      const path = await write('python', 'guard.py', ending);
      return async (authorization, maxAge = 900) =>
        JSON.parse((await run('python3', [path, authorization, String(maxAge)])).stdout);
    },
  ],
  [
    'PHP',
    await has('php'),
    async () => {
      const ending = "echo json_encode(check($argv[1] ?: null, 'level2', 'hoso.nop', (int) $argv[2]));";
      const path = await write('php', 'guard.php', ending);
      return async (authorization, maxAge = 900) =>
        JSON.parse((await run('php', [path, authorization, String(maxAge)])).stdout);
    },
  ],
];

async function tokenAt(level: string, person: string): Promise<string> {
  const party = await RelyingParty.register(product);
  const visitor = party.visitor();
  const scope = level === 'level2' ? 'openid hoso.xem hoso.nop' : 'openid hoso.xem';
  const attempt = await party.ask(visitor, { scope, acrValues: level });
  await signInWithZalo(visitor, person);
  if (visitor.has('form-vneid')) await proveWithVneid(visitor, person);
  await agree(visitor);
  return (await party.redeem(visitor, attempt)).access_token;
}

describe.each(languages)('the guide’s %s', (_name, there, prepare) => {
  it.skipIf(!there)('lets level2 in, sends level1 to step up, and refuses everything else', async () => {
    const check = await prepare();
    const [high, low] = [await tokenAt('level2', 'binh'), await tokenAt('level1', 'an')];
    const { sub } = await introspectAsService(product, high);
    expect(await check(`Bearer ${high}`)).toEqual([200, null, sub]);
    for (const [token, maxAge] of [
      [low, 900],
      [high, -1],
    ] as const) {
      const [status, challenge] = await check(`Bearer ${token}`, maxAge);
      expect(status).toBe(401);
      expect(parseChallenge(challenge)).toMatchObject({
        error: 'insufficient_user_authentication',
        acrValues: ['level2'],
        scope: ['hoso.nop'],
      });
    }
    expect(await check('')).toEqual([401, 'Bearer', null]);
    expect((await check('Bearer nothing'))[1]).toBe('Bearer error="invalid_token"');
    const account = await product.deps.db.selectFrom('accounts').select('id').execute();
    for (const { id } of account)
      await suspendAccount(product.deps, { accountId: id, actor: 'test', reason: 'test' });
    expect((await check(`Bearer ${high}`))[0]).toBe(401);
    for (const { id } of account)
      await product.deps.db.updateTable('accounts').set({ status: 'active' }).where('id', '=', id).execute();
  });
});
