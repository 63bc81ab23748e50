/** The commands for documents checked by hand, as a child process without settings and without a database. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csca, flip, signer } from './icao/tampering.ts';
import { citizen, makeCard, now } from './support/card-factory.ts';
import { createTestDatabase } from './support/database.ts';

const program = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const fixtures = fileURLToPath(new URL('./fixtures/icao/', import.meta.url));
let folder: string;

type Run = { code: number; out: string; err: string };

// No settings at all, and a data folder that cannot be: whoever opened a database would fail.
const cli = (...args: string[]) => runWith({ TNID_ENV: 'production', TNID_DATA_DIR: '/dev/null/none' }, args);

async function runWith(settings: Record<string, string>, args: string[]): Promise<Run> {
  const env = { PATH: process.env.PATH, ...settings };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

/** The one line it prints, as JSON. */
function answerOf({ out }: Run): Record<string, unknown> {
  expect(out.endsWith('\n')).toBe(true);
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(out);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tnid-chip-'));
  await mkdir(join(folder, 'trust'));
  await writeFile(join(folder, 'trust/csca.der'), csca.certificate);
  await writeFile(join(folder, 'trust/README.txt'), 'not a certificate');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(files: Record<string, Uint8Array>): Promise<string[]> {
  const paths = [];
  for (const [name, bytes] of Object.entries(files)) {
    paths.push(join(folder, name));
    await writeFile(join(folder, name), bytes);
  }
  return paths;
}

describe('chip verify --sod-only', async () => {
  const expectations = JSON.parse(await readFile(join(fixtures, 'sod/expected.json'), 'utf8')) as {
    file: string;
    ldsHash: string;
    dataGroupHashes: { dg: number }[];
    signatureAlgorithm: string;
    signerDigest: string;
    cscaSha256: string[];
    expect: { policy: string };
  }[];

  it.each(expectations)('$file of another country', async (one) => {
    const sod = join(fixtures, 'sod', one.file);
    const trust = join(fixtures, 'csca');
    const run = await cli(
      'chip',
      'verify',
      '--sod',
      sod,
      '--sod-only',
      '--trust',
      trust,
      '--at',
      '2026-05-28T08:28:45Z',
      '--json',
    );
    const answer = answerOf(run);
    expect(run.err).toBe('');
    if (one.expect.policy !== 'accept') {
      expect([run.code, answer]).toEqual([1, { verified: false, reason: 'hash_refused' }]);
      return;
    }
    expect(run.code).toBe(0);
    expect(answer).toMatchObject({
      verified: true,
      reason: null,
      country: one.file.slice(4, 6),
      ldsHash: one.ldsHash,
      digest: one.signerDigest,
      dataGroupsSigned: one.dataGroupHashes.map(({ dg }) => dg),
      revocation: 'not_checked',
    });
    expect(one.cscaSha256).toContain(answer.csca);
  });
});

describe('chip verify', () => {
  const card = makeCard(signer);
  const verify = (sod: string, groups: string[], ...more: string[]) =>
    cli(
      'chip',
      'verify',
      '--sod',
      sod,
      '--trust',
      join(folder, 'trust'),
      '--at',
      now.toISOString(),
      '--json',
      ...groups.flatMap((path) => ['--dg', path]),
      ...more,
    );

  async function writeCard(
    name: string,
    sod: Uint8Array,
    groups = card.dataGroups,
  ): Promise<[string, string[]]> {
    const files = Array.from(groups, ([number, bytes]) => [`${name}-${number}.bin`, bytes] as const);
    const [path = ''] = await write({ [`${name}-sod.bin`]: sod });
    return [path, await write(Object.fromEntries(files))];
  }

  it('a right card, its data groups named by their tags, and nobody named', async () => {
    const [sod, groups] = await writeCard('right', card.sod);
    const run = await verify(sod, groups);
    expect(answerOf(run)).toMatchObject({
      verified: true,
      country: 'VN',
      dataGroupsVerified: [1, 2, 13, 14, 15],
      dataGroupsSigned: [1, 2, 3, 13, 14, 15],
      hasChipKey: true,
    });
    expect(run.code).toBe(0);
    for (const word of [citizen.personalNumber, 'NGUYEN', 'Nguy', '1990'])
      expect(run.out).not.toContain(word);
    // Several files behind one --dg, and without --json a few words.
    const listed = await cli(
      'chip',
      'verify',
      '--sod',
      sod,
      '--trust',
      join(folder, 'trust'),
      '--at',
      now.toISOString(),
      '--dg',
      ...groups,
    );
    expect(listed).toEqual({ code: 0, out: 'verified\n', err: '' });
  });

  it.each([
    ['a changed signature', 'signature_invalid', () => [flip(card.sod, -1), card.dataGroups]],
    [
      'a changed portrait',
      'dg_hash_mismatch',
      () => [
        card.sod,
        new Map([...card.dataGroups, [2, flip(card.dataGroups.get(2) ?? Buffer.alloc(1), -1)]]),
      ],
    ],
    [
      'no DG1',
      'dg1_missing',
      () => [card.sod, new Map([...card.dataGroups].filter(([number]) => number !== 1))],
    ],
    [
      'no DG15',
      'dg15_missing',
      () => [card.sod, new Map([...card.dataGroups].filter(([number]) => number !== 15))],
    ],
    ['no file at all', 'cms_malformed', () => [Buffer.alloc(0), new Map()]],
  ] as [string, string, () => [Buffer, Map<number, Buffer>]][])(
    '%s is refused',
    async (_name, reason, change) => {
      const run = await verify(...(await writeCard(reason, ...change())));
      expect(answerOf(run)).toEqual({ verified: false, reason });
      expect(run.code).toBe(1);
    },
  );

  it('an expired card, and another authority’s', async () => {
    const [sod, groups] = await writeCard('late', card.sod);
    expect(answerOf(await verify(sod, groups, '--at', '2031-01-01'))).toMatchObject({
      reason: 'document_expired',
    });
    const others = await verify(sod, groups, '--trust', join(fixtures, 'csca'));
    expect(answerOf(others)).toEqual({ verified: false, reason: 'csca_unknown' });
  });

  it('says in one line what was not given rightly', async () => {
    const [sod = ''] = await write({ 'some.bin': Buffer.alloc(3) });
    const trust = join(folder, 'trust');
    const faults: [string[], string][] = [
      [['--trust', trust], '--sod is missing'],
      [['--sod', sod], '--trust is missing'],
      [['--sod', join(folder, 'none'), '--trust', trust], 'ENOENT'],
      [['--sod', folder, '--trust', trust], 'EISDIR'],
      [['--sod', sod, '--trust', sod], 'ENOTDIR'],
      [['--sod', sod, '--trust', trust, '--at', 'yesterday'], '--at'],
      [['--sod', sod, '--trust', trust, '--at', '2026-05-28T08:00:00'], '--at'],
      [['--sod', sod, '--trust', trust, '--sodonly'], '--sodonly'],
    ];
    for (const [args, word] of faults) {
      const run = await cli('chip', 'verify', ...args);
      expect(run).toMatchObject({ code: 2, out: '' });
      expect(run.err.trimEnd().split('\n')).toHaveLength(1);
      expect(run.err).toContain(word);
    }
  });
});

describe('trust', () => {
  const list = join(fixtures, 'masterlists/DE_ML_2026-05-28-08-28-45.ml');
  const anchor = join(fixtures, 'masterlists/DE_ROOT_CA_CSCA07.cer');

  it('inspect verifies the German master list', async () => {
    const began = performance.now();
    const run = await cli(
      'trust',
      'inspect',
      '--master-list',
      list,
      '--anchor',
      anchor,
      '--at',
      '2026-05-29',
      '--json',
    );
    const answer = answerOf(run);
    process.stdout.write(
      `master list: ${answer.certificates} certificates in ${Math.round(performance.now() - began)} ms, process and all\n`,
    );
    expect(run.code).toBe(0);
    expect(answer).toMatchObject({ verified: true, certificates: 588 });
    const countries = answer.countries as string[];
    expect(countries).toEqual([...countries].sort());
    expect(countries).toContain('VN');
    expect(countries).toHaveLength(112);
  });

  it('inspect refuses another anchor, and a list that is none', async () => {
    const other = await cli(
      'trust',
      'inspect',
      '--master-list',
      list,
      '--anchor',
      join(fixtures, 'csca/FR_5ba9a2069f34cd93.der'),
      '--json',
    );
    expect([other.code, answerOf(other)]).toEqual([1, { verified: false, reason: 'csca_unknown' }]);
    const none = await cli('trust', 'inspect', '--master-list', anchor, '--anchor', anchor, '--json');
    expect(none.code).toBe(1);
  });

  it('import without fingerprint shows what to compare and imports nothing', async () => {
    const file = join(fixtures, 'csca/VN_CSCA_ePassport_2022.der');
    const shown = await cli('trust', 'import', '--document-type', 'P', file);
    expect(shown.code).toBe(1);
    expect(shown.out).toContain('6b5fa6fe45cc4e855a73760413e08b7a9ac50a27722c702f3909a90facc991bd');
    expect(shown.out).toContain('2022-06-29 to 2037-10-01');
    expect(shown.err).toContain('Nothing was imported');
    const untyped = await cli('trust', 'import', file, '--fingerprint', '6b'.repeat(32));
    expect(untyped).toMatchObject({ code: 2, out: '' });
    expect(untyped.err).toContain('--document-type is missing');
  });

  it('import, list and remove work on the database of the settings', async () => {
    const database = await createTestDatabase();
    const trust = (...args: string[]) => runWith({ DATABASE_URL: database.url }, ['trust', ...args]);
    try {
      expect((await trust('list')).out).toContain('no certificate is pinned');
      const file = join(fixtures, 'csca/VN_CSCA_ePassport_2022.der');
      const print = '6B5FA6FE45CC4E855A73760413E08B7A9AC50A27722C702F3909A90FACC991BD';
      const loose = await trust('import', '--document-type', 'I', file, '--fingerprint', print);
      expect(loose).toMatchObject({ code: 1, out: '' });
      expect(loose.err).toContain('VN_CSCA_ePassport_2022.der: passport_authority');
      const pinned = await trust('import', '--document-type', 'P', file, '--fingerprint', print);
      expect(pinned).toMatchObject({ code: 0, err: '' });
      expect((await trust('list')).out).toContain('for P');
      expect(await trust('remove', print)).toMatchObject({ code: 0 });
      expect(await trust('remove', print)).toMatchObject({ code: 1, out: '' });
    } finally {
      await database.close();
    }
  });
});
