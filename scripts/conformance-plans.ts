/**
 * The settings of the conformance suite's plans (docs/conformance.md), to paste into it:
 *
 *   node scripts/conformance-plans.ts https://id.example
 *
 * Beside the clients (docs/conformance/clients.json) they tell its scripted browser what to press, page by page: buttons by
 * id, and at the sandbox's Zalo and VNeID the test person. A task is left out where the page's address does not match, a
 * click where the button is not there. Modules that want a picture of a page have their own script (`override`).
 */
import { readFileSync } from 'node:fs';

export type Command = (string | number)[];
export type Task = { task: string; match: string; optional?: boolean; commands?: Command[] };
export type Script = { match: string; 'match-limit'?: number; tasks: Task[] };
type Override = Record<string, { browser: Script[] }>;
export type Client = { client_id: string; client_secret?: string; jwks?: { keys: Record<string, string>[] } };
/** A client's certificate, in PEM. */
type Certificate = { cert: string; key: string; ca: string };
export type Plan = {
  alias: string;
  server: { discoveryUrl: string; login_hint: string };
  client: Client;
  client2: Client;
  client_secret_post?: Client;
  mtls?: Certificate;
  mtls2?: Certificate;
  browser: Script[];
  override?: Override;
};

const ALIAS = 'tay-ninh-id';
const PERSON = 'an';

const press = (selector: string): Command => ['click', 'css', selector, 'optional'];
/** Takes the picture that a module asks for, when the words are there. */
const show = (words: string, when: 'always' | 'asked' = 'always'): Command => [
  'wait',
  'xpath',
  '//*',
  10,
  words,
  when === 'asked' ? 'update-image-placeholder-optional' : 'update-image-placeholder',
];

/** The scripts for one provider. */
function scriptsFor(issuer: string) {
  const [start, page, end] = [`${issuer}/auth*`, `${issuer}/interaction/*`, `${issuer}/session/end*`];
  const maybe = (task: string, match: string, ...commands: Command[]): Task => ({
    task,
    match,
    optional: true,
    commands,
  });
  const must = (task: string, match: string, ...commands: Command[]): Task => ({ task, match, commands });
  const arrived = must('Arrived', `*/test/a/${ALIAS}/callback*`, ['wait', 'id', 'submission_complete', 10]);
  const signIn = (...first: Command[]): Script => ({
    match: start,
    tasks: [
      maybe('Sign in', page, ...first, press('#button-zalo')),
      maybe('Zalo', '*/zalo/v4/permission*', press(`button[value=${PERSON}]`)),
      maybe('Step up', page, press('#button-vneid')),
      maybe('VNeID', '*/vneid/login/*', press(`button[value=${PERSON}]`)),
      maybe('A factor another time', page, press('#button-later')),
      maybe('Agree', page, press('#button-consent')),
      maybe('Answer by a form', start, press('#button-continue')),
      arrived,
    ],
  });
  const signOut = (last: Task): Script => ({
    match: end,
    tasks: [maybe('Sign out', end, press('#button-sign-out')), last],
  });
  return {
    signIn,
    once: (script: Script): Script => ({ ...script, 'match-limit': 1 }),
    glance: { match: start, tasks: [must('Look, and go', page)] },
    giveUp: { match: start, tasks: [must('Give up', page, ['click', 'id', 'button-cancel']), arrived] },
    refused: (words: string): Script => ({ match: start, tasks: [must('Error', start, show(words))] }),
    signOut: signOut({ task: 'Arrived', match: `*/test/a/${ALIAS}/post_logout_redirect*`, optional: true }),
    signOutHere: signOut(must('Signed out', `${issuer}/session/end/success*`, show('Tây Ninh ID'))),
    signOutRefused: { match: end, tasks: [must('Error', end, show('invalid_request'))] },
  };
}

function overridesFor(issuer: string): Record<'basic' | 'logout' | 'fapi', Override> {
  const scripts = scriptsFor(issuer);
  const { signIn } = scripts;
  const fapi = 'fapi2-security-profile-final-';
  const signOuts = (names: string[], script: Script): Override =>
    Object.fromEntries(
      names.map((name) => [`oidcc-rp-initiated-logout-${name}`, { browser: [signIn(), script] }]),
    );
  const again = { browser: [signIn(show('Zalo', 'asked'))] };
  const wrongAddress = { browser: [scripts.refused('invalid_redirect_uri')] };
  const wrongRequest = scripts.refused('invalid_request');
  return {
    basic: {
      'oidcc-prompt-login': again,
      'oidcc-max-age-1': again,
      'oidcc-ensure-registered-redirect-uri': wrongAddress,
      'oidcc-ensure-request-object-with-redirect-uri': wrongAddress,
    },
    logout: {
      ...signOuts(
        [
          'bad-post-logout-redirect-uri',
          'query-added-to-post-logout-redirect-uri',
          'modified-id-token-hint',
          'bad-id-token-hint',
        ],
        scripts.signOutRefused,
      ),
      ...signOuts(
        ['no-id-token-hint', 'no-params', 'no-post-logout-redirect-uri', 'only-state'],
        scripts.signOutHere,
      ),
    },
    fapi: {
      [`${fapi}user-rejects-authentication`]: { browser: [scripts.giveUp] },
      [`${fapi}par-attempt-reuse-request_uri`]: { browser: [scripts.once(signIn()), wrongRequest] },
      [`${fapi}par-attempt-to-use-request_uri-for-different-client`]: { browser: [wrongRequest] },
      [`${fapi}par-attempt-to-use-expired-request_uri`]: { browser: [wrongRequest] },
      [`${fapi}par-ensure-reused-request-uri-prior-to-auth-completion-succeeds`]: {
        browser: [scripts.once(scripts.glance), signIn()],
      },
    },
  };
}

type Kind = 'basic' | 'fapi2_security' | 'fapi2_message_signing' | 'fapi2_mtls';
type Clients = Record<Kind, Pick<Plan, 'client' | 'client2' | 'mtls' | 'mtls2'>>;

/** The same keys and certificates, registered under other names for another way to use them. */
function named<T extends Pick<Plan, 'client' | 'client2'>>(clients: T, name: string): T {
  const rename = (client: Client, number: number) => ({ ...client, client_id: `${name}-${number}` });
  return { ...clients, client: rename(clients.client, 1), client2: rename(clients.client2, 2) };
}

/** The settings of each kind of plan. */
export function plansFor(issuer: string): Record<string, Plan> {
  const file = new URL('../docs/conformance/clients.json', import.meta.url);
  const clients = JSON.parse(readFileSync(file, 'utf8')) as Clients;
  const overrides = overridesFor(issuer);
  const { signIn, signOut } = scriptsFor(issuer);
  const common = {
    alias: ALIAS,
    server: { discoveryUrl: `${issuer}/.well-known/openid-configuration`, login_hint: PERSON },
    browser: [signIn(), signOut],
  };
  const resource = { resourceUrl: `${issuer}/me` };
  const ekyc = {
    unverified_claims_names: ['name', 'picture'],
    verified_claims_names: ['name', 'personal_number'],
  };
  return {
    basic: { ...common, ...clients.basic, override: overrides.basic },
    logout: { ...common, ...clients.basic, override: overrides.logout },
    ekyc: { ...common, ...clients.basic, ...{ ekyc } },
    fapi2_security: { ...common, ...clients.fapi2_security, ...{ resource }, override: overrides.fapi },
    fapi2_mtls: { ...common, ...clients.fapi2_mtls, ...{ resource }, override: overrides.fapi },
    fapi2_mtls_dpop: {
      ...common,
      ...named(clients.fapi2_mtls, 'conformance-mtls-dpop'),
      ...{ resource },
      override: overrides.fapi,
    },
    fapi2_key_mtls: {
      ...common,
      ...named(clients.fapi2_mtls, 'conformance-key-mtls'),
      ...{ resource },
      override: overrides.fapi,
    },
    fapi2_message_signing: {
      ...common,
      ...clients.fapi2_message_signing,
      ...{ resource },
      override: overrides.fapi,
    },
  };
}

if (import.meta.main) {
  const [issuer] = process.argv.slice(2);
  if (issuer && URL.parse(issuer)?.origin === issuer) {
    process.stdout.write(`${JSON.stringify(plansFor(issuer), null, 2)}\n`);
  } else {
    process.stderr.write('usage: node scripts/conformance-plans.ts https://your.issuer\n');
    process.exitCode = 2;
  }
}
