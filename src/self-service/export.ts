/**
 * Everything that is held about a citizen, in one document. Sealed records are opened where they are the citizen's own;
 * what is a key to something (a PIN's hash, a passkey, tokens, codes) or somebody else's is left out, and so are
 * pictures: the chip's, and the photo for the officer. test/journeys/export.test.ts walks every table of the schema and holds it against this.
 */
import { sql } from 'kysely';
import { readLedger } from '../audit/ledger.ts';
import { listSessions } from '../oidc/sessions.ts';
import type { Scope } from './citizen.ts';

type Wants = {
  /** Whether what was verified may be opened: name, number, evidence. */
  identity: boolean;
};

const PAGE = 1_000;
/** Stands where something is held that was not opened. */
const WITHHELD =
  'Xác nhận danh tính rồi lấy tệp lại thì có. / Confirm who you are and get the file again to have this.';
/** The data groups of a chip that are pictures of the body (ICAO 9303-10). */
const pictures: ReadonlySet<string> = new Set(['dg2', 'dg3', 'dg4', 'dg5', 'dg6', 'dg7']);

export async function exportData(
  { deps, registry }: Pick<Scope, 'deps' | 'registry'>,
  accountId: string,
  wants: Wants,
) {
  const { db, clock } = deps;
  const nameOf = (clientId: string) => registry.clientMetadata(clientId)?.client_name ?? clientId;
  const [account, identities, phones, verifications, cases, factors, devices, sessions, services] =
    await Promise.all([
      db
        .selectFrom('accounts')
        .select(['id', 'status', 'created_at', 'level2_held_at', 'level2_held_reason', 'level2_released_at'])
        .select(['closing_at', 'suspended_until'])
        .where('id', '=', accountId)
        .executeTakeFirstOrThrow(),
      readIdentities(deps, accountId, wants),
      readPhones(deps, accountId),
      readVerifications(deps, accountId, wants),
      readCases(deps, accountId, wants),
      db
        .selectFrom('factors')
        .select(['kind', 'name', 'device', 'created_at', 'last_used_at'])
        .where('account_id', '=', accountId)
        .execute(),
      db
        .selectFrom('devices')
        .select(['label', 'first_seen_at', 'last_seen_at'])
        .where('account_id', '=', accountId)
        .execute(),
      listSessions(deps, accountId),
      readConsents(deps, accountId),
    ]);
  const [notices, asked, uses, readings, desk, ledger] = await Promise.all([
    db
      .selectFrom('notices')
      .select(['kind', 'params', 'created_at', 'status', 'sent_at'])
      .where('account_id', '=', accountId)
      .orderBy('created_at')
      .execute(),
    readAsked(deps, accountId),
    db
      .selectFrom('account_uses')
      .select(['client_id', sql<string>`to_char(used_day, 'YYYY-MM-DD')`.as('used_day')])
      .select(sql<string | null>`to_char(level2_day, 'YYYY-MM-DD')`.as('level2_day'))
      .where('account_id', '=', accountId)
      .execute(),
    db
      .selectFrom('card_readings')
      .select(['status', 'reason', 'created_at', 'finished_at'])
      .where('account_id', '=', accountId)
      .execute(),
    readDesk(deps, accountId),
    readWholeLedger(deps, accountId),
  ]);
  return {
    made_at: clock(),
    about: 'Tây Ninh ID',
    account,
    identities,
    phones,
    verifications,
    cases,
    factors,
    devices,
    sessions: sessions.map(({ acr, amr, signedInAt, clients }) => ({
      acr,
      amr,
      signed_in_at: signedInAt,
      services: clients.map(({ clientId }) => nameOf(clientId)),
    })),
    services: services.map((consent) => ({ name: nameOf(consent.client_id), ...consent })),
    asked: asked.map((one) => ({ name: nameOf(one.client_id), ...one })),
    uses: uses.map((one) => ({ name: nameOf(one.client_id), ...one })),
    notices,
    card_readings: readings,
    desk_visits: desk.visits,
    proof_slips: desk.slips,
    second_looks: desk.secondLooks,
    ledger,
  };
}

type Pen = Scope['deps'];

async function readIdentities({ db, keyring }: Pen, accountId: string, { identity }: Wants) {
  const rows = await db
    .selectFrom('identities')
    .select(['provider', 'profile_sealed', 'linked_at', 'last_used_at'])
    .where('account_id', '=', accountId)
    .execute();
  return rows.map(({ provider, profile_sealed, ...times }) => ({
    provider,
    // VNeID gives the name of the card.
    profile:
      identity || provider !== 'vneid'
        ? parse(keyring.open('identity', `${provider}/${accountId}`, profile_sealed))
        : WITHHELD,
    ...times,
  }));
}

async function readPhones({ db, keyring }: Pen, accountId: string) {
  const rows = await db
    .selectFrom('phones')
    .select(['sealed', 'source', 'status', 'reason', 'verified_at', 'changed_at'])
    .where('account_id', '=', accountId)
    .execute();
  return rows.map(({ sealed, ...rest }) => ({
    number: keyring.open('phone', accountId, sealed).toString(),
    ...rest,
  }));
}

/** Who the officer was is no data about the citizen; that one looked stands in the ledger. */
async function readDesk({ db }: Pen, accountId: string) {
  const [visits, slips, secondLooks] = await Promise.all([
    db
      .selectFrom('desk_visits')
      .select(['commune', 'way', 'started_at', 'seen_at', 'ended_at'])
      .where('account_id', '=', accountId)
      .orderBy('started_at')
      .execute(),
    db
      .selectFrom('proof_slips')
      .select(['id', 'office', 'issued_at'])
      .where('account_id', '=', accountId)
      .orderBy('issued_at')
      .execute(),
    db
      .selectFrom('re_audits')
      .select(['drawn_at', 'outcome', 'reason', 'answered_at', 'settled', 'settled_at'])
      .where('account_id', '=', accountId)
      .orderBy('drawn_at')
      .execute(),
  ]);
  return { visits, slips, secondLooks };
}

async function readVerifications({ db, keyring }: Pen, accountId: string, { identity }: Wants) {
  const rows = await db
    .selectFrom('verifications')
    .select([
      'id',
      'method',
      'status',
      'person_sealed',
      'verified_at',
      'expires_at',
      'ended_at',
      'end_reason',
      'commune',
      'birth_year',
    ])
    .where('account_id', '=', accountId)
    .orderBy('verified_at')
    .execute();
  return rows.map(({ id, person_sealed, ...rest }) => ({
    ...rest,
    person: person_sealed && (identity ? parse(keyring.open('person', id, person_sealed)) : WITHHELD),
  }));
}

async function readCases({ db, keyring }: Pen, accountId: string, { identity }: Wants) {
  const cases = await db
    .selectFrom('cases')
    .select([
      'id',
      'kind',
      'method',
      'status',
      'reason',
      'opened_at',
      'decided_at',
      'level2_until',
      'audit_seq',
      'commune',
      'asked_for',
    ])
    .select(['person_sealed', 'account_id'])
    // A suspicion that somebody else tried this citizen's number is about both; who the other is, is theirs.
    .where((eb) => eb.or([eb('account_id', '=', accountId), eb('other_account_id', '=', accountId)]))
    .orderBy('opened_at')
    .execute();
  const own = cases.filter(({ account_id }) => account_id === accountId).map(({ id }) => id);
  const [checks, evidence, decisions] = await Promise.all([
    readCaseChecks(db, own),
    readCaseEvidence(db, own),
    readCaseDecisions(db, own),
  ]);
  return cases.map(({ id, person_sealed, account_id, audit_seq, commune, ...rest }) => ({
    ...rest,
    commune: account_id === accountId ? commune : null,
    entry: audit_seq === null ? null : Number(audit_seq),
    mine: account_id === accountId,
    person:
      account_id === accountId && person_sealed
        ? identity
          ? parse(keyring.open('person', `case/${id}`, person_sealed))
          : WITHHELD
        : null,
    checks: checks.filter((one) => one.case_id === id).map(({ case_id: _, ...check }) => check),
    evidence: evidence
      .filter((one) => one.case_id === id)
      .map(({ kind, sealed, purge_after }) => ({
        kind,
        purge_after,
        // A photo is a picture, and nothing else is in it.
        content: !identity
          ? WITHHELD
          : kind === 'live_photo'
            ? {}
            : withoutPictures(parse(keyring.open('evidence', `${id}/${kind}`, sealed))),
      })),
    decisions: decisions
      .filter((one) => one.case_id === id)
      .map(({ id: decision, case_id: _, note_sealed, ...rest }) => ({
        ...rest,
        note:
          note_sealed &&
          (identity ? keyring.open('evidence', `decision/${decision}`, note_sealed).toString() : WITHHELD),
      })),
  }));
}

function readCaseChecks(db: Pen['db'], own: string[]) {
  return db
    .selectFrom('case_checks')
    .select(['case_id', 'name', 'result', 'checked_at'])
    .where(sql<boolean>`case_id = ANY (${own}::uuid[])`)
    .execute();
}

function readCaseEvidence(db: Pen['db'], own: string[]) {
  return db
    .selectFrom('case_evidence')
    .select(['case_id', 'kind', 'sealed', 'purge_after'])
    .where(sql<boolean>`case_id = ANY (${own}::uuid[])`)
    .execute();
}

/** What officers decided, with their notes; who they are is about them. */
function readCaseDecisions(db: Pen['db'], own: string[]) {
  return db
    .selectFrom('case_decisions')
    .select(['id', 'case_id', 'outcome', 'reason', 'note_sealed', 'decided_at', 'status'])
    .where(sql<boolean>`case_id = ANY (${own}::uuid[])`)
    .orderBy('decided_at')
    .execute();
}

function readConsents({ db }: Pen, accountId: string) {
  return db
    .selectFrom('consents')
    .select(['client_id', 'scopes', 'claims', 'refused', 'text_version', 'language'])
    .select(['granted_at', 'withdrawn_at'])
    .where('account_id', '=', accountId)
    .orderBy('granted_at')
    .execute();
}

async function readAsked({ db }: Pen, accountId: string) {
  const rows = await db
    .selectFrom('introspection_counts')
    .select(['client_id', 'count', sql<string>`to_char(day, 'YYYY-MM-DD')`.as('day')])
    .where('account_id', '=', accountId)
    .orderBy(sql`introspection_counts.day`)
    .execute();
  return rows.map(({ count, ...rest }) => ({ ...rest, count: Number(count) }));
}

/** Every line; without the officers' names among them: those are about the officers. */
async function readWholeLedger({ db }: Pen, accountId: string) {
  const lines: Record<string, unknown>[] = [];
  for (let before: bigint | undefined; ; ) {
    const page = await readLedger(db, accountId, { before, limit: PAGE });
    for (const { seq, at, event } of page) {
      const { actor: _, account: __, ...line } = event as Record<string, unknown>;
      lines.push({ entry: Number(seq), ...line, at });
    }
    if (page.length < PAGE) return lines.reverse();
    before = page.at(-1)?.seq;
  }
}

function parse(plain: Buffer): unknown {
  return JSON.parse(plain.toString());
}

function withoutPictures(content: unknown): unknown {
  if (typeof content !== 'object' || content === null) return content;
  return Object.fromEntries(Object.entries(content).filter(([name]) => !pictures.has(name)));
}
