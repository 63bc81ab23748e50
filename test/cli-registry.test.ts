/** The operator's commands that change the registry, the keys and accounts, as a child process on a real database. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../src/audit/audit.ts';
import { readConfig } from '../src/config.ts';
import { parseRegistryFile, planRegistryFile } from '../src/registry/file.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';

const program = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const docs = fileURLToPath(new URL('../docs/registry.md', import.meta.url));
let database: TestDatabase;
let folder: string;
let settings: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'tnid-registry-'));
  settings = {
    TNID_ENV: 'production',
    TNID_ISSUER: 'https://id.example.gov.vn',
    DATABASE_URL: database.url,
    TNID_MASTER_KEYS: `1:${randomBytes(32).toString('base64url')}`,
    TNID_ZALO_APP_ID: '4242424242424242',
    TNID_ZALO_APP_SECRET: randomBytes(16).toString('hex'),
    TNID_TRUST_PROXY: '1',
  };
});
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

type Run = { code: number; out: string; err: string };

async function cli(...args: string[]): Promise<Run> {
  const env = { PATH: process.env.PATH, ...settings };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

async function write(text: string): Promise<string> {
  const path = join(folder, `${randomUUID()}.yaml`);
  await writeFile(path, text);
  return path;
}

const head = async () =>
  (await database.db.selectFrom('audit_head').select('seq').executeTakeFirstOrThrow()).seq;
const secretIn = (out: string) => /shown this once: (\S+)/.exec(out)?.[1] ?? '';
const clientRow = (id: string) =>
  database.db.selectFrom('clients').selectAll().where('client_id', '=', id).executeTakeFirst();

const service = [
  'service',
  'add',
  'urn:tayninh:ho-so',
  '--client-id',
  'ho-so',
  '--name',
  'Hồ sơ',
  '--owner',
  'Sở Nội vụ',
];
const contact = ['--contact', 'it@so.example'];

describe('client, service, scope', () => {
  it('are registered, shown, changed, switched off, and given another secret', async () => {
    const added = await cli(...service, ...contact);
    expect(added).toMatchObject({ code: 0, err: '' });
    expect(secretIn(added.out)).toMatch(/^[\w-]{43}$/);
    const scope = ['--service', 'urn:tayninh:ho-so'];
    expect(
      await cli(
        'scope',
        'add',
        'hoso.nop',
        ...scope,
        '--level',
        'level2',
        '--vi',
        'Nộp hồ sơ',
        '--en',
        'File dossiers',
      ),
    ).toMatchObject({ code: 0 });
    expect((await cli('scope', 'list')).out).toMatch(/^hoso\.nop +level2 {2}urn:tayninh:ho-so\n$/);

    const uri = ['--redirect-uri', 'https://a.example/cb', '--redirect-uri', 'https://a.example/cb2'];
    const client = await cli(
      'client',
      'add',
      'cong',
      '--name',
      'Cổng',
      '--name-en',
      'Portal',
      '--owner',
      'Sở',
      ...contact,
      ...uri,
      '--scope',
      'openid',
      '--scope',
      'hoso.nop',
      '--set',
      'default_max_age=900',
    );
    expect(client).toMatchObject({ code: 0, err: '' });
    const secret = secretIn(client.out);
    expect((await clientRow('cong'))?.secret_hash).toEqual(createHash('sha256').update(secret).digest());
    const shown = await cli('client', 'show', 'cong');
    expect(shown.out).toContain('vi: Cổng');
    expect(shown.out).toContain('default_max_age: 900');
    // RS256, the default of Dynamic Client Registration §2: many products take nothing else until they are told.
    expect(shown.out).not.toContain('id_token_signed_response_alg');
    expect(shown.out).not.toMatch(/secret(?!_basic)/);

    const changed = await cli(
      'client',
      'change',
      'cong',
      '--name-en',
      'The portal',
      '--set',
      'default_max_age=',
    );
    expect(changed.out.split('\n').slice(0, 3)).toEqual([
      '~ client cong',
      '    name: {"vi":"Cổng","en":"Portal"} → {"vi":"Cổng","en":"The portal"}',
      '    default_max_age: 900 → none',
    ]);
    expect((await clientRow('cong'))?.secret_hash).toEqual(createHash('sha256').update(secret).digest());

    const rotated = await cli('client', 'rotate-secret', 'cong');
    expect(secretIn(rotated.out)).not.toBe(secret);
    expect(await cli('scope', 'remove', 'hoso.nop', ...scope)).toMatchObject({
      code: 1,
      err: 'nothing was changed\n- the scope hoso.nop is in use: cong\n',
    });
    expect(await cli('client', 'disable', 'cong')).toMatchObject({
      code: 0,
      out: '~ client cong (switched off)\n',
    });
    expect((await cli('client', 'list')).out).toMatch(/^cong +off/);
    expect(await cli('scope', 'remove', 'hoso.nop', ...scope)).toMatchObject({ code: 0 });
    expect(await cli('client', 'enable', 'cong')).toMatchObject({
      code: 0,
      out: '~ client cong (switched on)\n',
    });
    // The scope is gone, and with the next change the client must let go of it.
    const later = await cli('client', 'change', 'cong', '--owner', 'Sở Khác');
    expect(later.err).toContain('- scopes.1: is neither ours');
    expect((await verifyAudit(database.db)).ok).toBe(true);
  });

  it('refuse what is not right and change nothing', async () => {
    const before = await head();
    const runs: [string[], number, string][] = [
      [
        [
          'client',
          'add',
          'b',
          '--name',
          'B',
          '--owner',
          'B',
          ...contact,
          '--redirect-uri',
          'http://b.example',
        ],
        1,
        '- redirect_uris.0: must be https',
      ],
      [['client', 'add'], 2, 'client add: no client id is named'],
      [['client', 'add', 'b', '--set', 'x'], 2, '--set x is not MEMBER=VALUE'],
      [['client', 'change', 'nobody', '--name', 'x'], 1, 'no such client'],
      [['scope', 'change', 'x', '--service', 'urn:tayninh:ho-so', '--level', 'level1'], 1, 'no such scope'],
      [['registry', 'apply', '/nowhere.yaml'], 2, 'cannot be read (ENOENT)'],
    ];
    for (const [args, code, words] of runs) {
      const run = await cli(...args);
      expect([run.code, run.out], args.join(' ')).toEqual([code, '']);
      expect(run.err, args.join(' ')).toContain(words);
    }
    expect(await head()).toBe(before);
  });
});

/** What the command says of a file, without a process for each. */
async function faultsOf(text: string): Promise<string[]> {
  const config = readConfig(settings);
  if (!config.ok) throw new Error('the settings are not right');
  const pen = {
    db: database.db,
    clock: () => new Date(),
    config: config.config,
    random: randomBytes,
    actor: 'test',
  };
  const parsed = parseRegistryFile(text, 'production');
  const result = parsed.ok ? await planRegistryFile(pen, parsed.file) : parsed;
  if (result.ok) return [];
  return result.faults.map(
    ({ line, column, path, reason }) => `:${line}:${column}: ${path ? `${path}: ` : ''}${reason}`,
  );
}

describe('a registry file', () => {
  const example = async () => /```yaml\n([\s\S]*?)```/.exec(await readFile(docs, 'utf8'))?.[1] ?? '';

  it('as the guide has it: the difference first, nothing without a yes, then all of it, then nothing to do', async () => {
    const path = await write(await example());
    const before = await head();
    const diff = await cli('registry', 'diff', path);
    expect(diff).toMatchObject({ code: 0, err: '' });
    expect(diff.out).toContain('+ service https://hoso.tayninh.example/api');
    expect(diff.out).toContain('a secret will be made, and shown once');
    expect(diff.out).toContain('not in the file, left as they are: urn:tayninh:ho-so, cong');
    expect(await cli('registry', 'apply', path, '--dry-run')).toEqual(diff);
    const unasked = await cli('registry', 'apply', path);
    expect(unasked).toMatchObject({ code: 1, err: expect.stringContaining('--yes') });
    expect(await head()).toBe(before);

    const applied = await cli('registry', 'apply', path, '--yes');
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(secretIn(applied.out)).toMatch(/^[\w-]{43}$/);
    const after = await head();
    const again = await cli('registry', 'apply', path, '--yes');
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^nothing to change\n/) });
    expect(await head()).toBe(after);
    // What was taken out says the same when it is put in.
    const exported = await cli('registry', 'export');
    const once = await write(
      exported.out.replace(/^ {2}- client_id: cong\n([\s\S]*?)(?=^ {2}- |$(?![\s\S]))/m, ''),
    );
    expect(await cli('registry', 'diff', once)).toMatchObject({
      code: 0,
      out: 'nothing to change\nnot in the file, left as they are: cong\n',
    });
  });

  it('changes what it names, and takes a scope away that nobody uses any more', async () => {
    const text = await example();
    const path = await write(text.replace('minimum_level: level2', 'minimum_level: level1'));
    const run = await cli('registry', 'apply', path, '--yes');
    expect(run.out).toContain('    minimum_level: "level2" → "level1"');
    const used = await write(text.replace(/ {6}- name: hoso\.xem[\s\S]*?(?= {6}- name)/, ''));
    const refused = await cli('registry', 'apply', used, '--yes');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(
      /:\d+:\d+: clients\[\d\]\.scopes\[\d\]: is neither ours|the scope hoso\.xem is in use/,
    );
  });

  const entry = `clients:
  - client_id: mot
    name: { vi: Một, en: One }
    owner: Sở
    contacts: [it@so.example]
    redirect_uris:
      - https://a.example/cb
`;
  it.each<[string, string, string]>([
    ['no YAML', 'clients: [', ':1:11:'],
    ['a list', '- a\n', ':1:1: must have services'],
    ['a part it does not have', `${entry}people: []\n`, ':8:1: people: is no part'],
    [
      'a member twice',
      entry.replace('    owner: Sở\n', '    owner: Sở\n    owner: Khác\n'),
      ':5:5: Map keys must be unique',
    ],
    [
      'an unknown member',
      entry.replace('redirect_uris', 'redirect_uri'),
      ':6:5: clients[0].redirect_uri: is no member',
    ],
    [
      'a wildcard',
      entry.replace('a.example', '*.example'),
      ':7:9: clients[0].redirect_uris[0]: has a wildcard',
    ],
    ['a missing member', entry.replace('    owner: Sở\n', ''), ':2:5: clients[0].owner: is missing'],
    [
      'an unknown scope',
      `${entry}    scopes: [openid, nowhere]\n`,
      ':8:22: clients[0].scopes[1]: is neither ours',
    ],
    [
      'a client twice',
      `${entry}${entry.slice(entry.indexOf('\n') + 1)}`,
      ':8:16: clients[1].client_id: is in the file twice',
    ],
    ['a secret', `${entry}    client_secret: abc\n`, ':8:20: clients[0].client_secret: is no member'],
    [
      'an endless alias',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefg'
        .split('')
        .map((letter, at) => `${letter}: &${letter} [${`*${'abcdef'[at]},`.repeat(9).slice(0, -1)}]`)
        .join('\n')}\n`,
      ':1:1: repeats itself too often',
    ],
  ])('with %s changes nothing and says where', async (_name, text, where) => {
    const before = await head();
    expect((await faultsOf(text)).join('\n')).toContain(where);
    expect(await head()).toBe(before);
  });

  it('whose last entry is wrong leaves the first ones undone', async () => {
    const good = entry.replace('mot', 'hai');
    const bad = entry.slice(entry.indexOf('\n') + 1).replace('mot', 'ba');
    const run = await cli(
      'registry',
      'apply',
      await write(`${good}${bad}    scopes: [openid, nowhere]\n`),
      '--yes',
    );
    expect(run).toMatchObject({ code: 2, out: '' });
    expect(run.err).toMatch(/^nothing was changed\n.*:14:22: clients\[1\]\.scopes\[1\]: is neither ours/);
    expect(await clientRow('hai')).toBeUndefined();
  });

  it('may bring the hash of a secret that was made elsewhere', async () => {
    const hash = createHash('sha256').update('made elsewhere').digest('hex');
    const run = await cli('registry', 'apply', await write(`${entry}    secret_hash: ${hash}\n`), '--yes');
    expect(run.out).not.toContain('secret, shown');
    expect((await clientRow('mot'))?.secret_hash?.toString('hex')).toBe(hash);
  });
});

describe('keys rotate', () => {
  it('moves nothing before the first start, and then says what signs', async () => {
    expect(await cli('keys', 'rotate')).toMatchObject({ code: 1, out: '' });
  });
});

describe('account', () => {
  it('is suspended, reinstated and shown by its id', async () => {
    const id = randomUUID();
    await database.db.insertInto('accounts').values({ id, created_at: new Date() }).execute();
    expect(await cli('account', 'show-level', id)).toMatchObject({
      code: 0,
      out: 'active level1 not_verified\n',
    });
    expect(await cli('account', 'suspend', id, '--reason', 'Ông An')).toMatchObject({ code: 2 });
    expect(await cli('account', 'suspend', id, '--reason', 'fraud')).toMatchObject({ code: 0 });
    expect(await cli('account', 'suspend', id, '--reason', 'fraud')).toMatchObject({ code: 1 });
    expect(await cli('account', 'reinstate', id, '--reason', 'cleared')).toMatchObject({ code: 0 });
  });
});
