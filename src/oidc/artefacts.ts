/**
 * The table of artefacts as the adapter uses it: reads that bring along what the provider asks for next, and writes,
 * each gathered with those of other requests into one statement (db/batch).
 *
 * Rows of one statement are locked in the order of their ids, so that two nodes never wait for each other in a circle.
 */
import { type AccountRow, accountColumns, joinAccount } from '../account/accounts.ts';
import { toByteaArray, toTextArray } from '../db/arrays.ts';
import { Batch } from '../db/batch.ts';
import { type Db, runPrepared } from '../db/database.ts';
import { Unanswered } from '../db/unanswered.ts';

export type ArtefactRow = {
  model: string;
  id_hash: Buffer;
  payload: Buffer;
  grant_hash: Buffer | null;
  uid_hash: Buffer | null;
  session_hash: Buffer | null;
  user_code_hash: Buffer | null;
  account_id: string | null;
  client_id: string | null;
  device_hash: Buffer | null;
  session_grants: Buffer[] | null;
  expires_at: Date | null;
  ended_at: Date | null;
};

/** An artefact, and what hangs together with it. */
export type FoundRow = AccountRow & {
  id_hash: Buffer;
  payload: Buffer;
  consumed_at: Date | null;
  grant_hash: Buffer | null;
  grant_payload: Buffer | null;
  session_uid_hash: Buffer | null;
  session_hash: Buffer | null;
  session_payload: Buffer | null;
  /** Of a code: what Zalo said of its citizen. */
  profile_sealed: Buffer | null;
};

/** `clientId`: whose grant to bring along with a session. */
type Question = { model: string; key: Buffer; clientId: string | undefined };
export type Named = { model: string; idHash: Buffer; now: Date };
/** `left`: what stands in its place from then on, and it has ended; without, it is consumed and stays. */
export type Take = Named & { left?: Buffer };

const askBy = (column: 'id_hash' | 'uid_hash') => ({
  name: `artefacts_by_${column}`,
  text: `
  SELECT q.n::int, a.id_hash, a.payload, a.consumed_at, g.id_hash AS grant_hash, g.payload AS grant_payload,
    s.uid_hash AS session_uid_hash, s.id_hash AS session_hash, s.payload AS session_payload,
    i.profile_sealed, ${accountColumns}
  FROM unnest($1::text[], $2::bytea[], $3::text[]) WITH ORDINALITY AS q (model, key, client_id, n)
  JOIN oidc_artefacts a ON a.${column} = q.key AND a.model = q.model AND a.ended_at IS NULL
  LEFT JOIN LATERAL (
    SELECT id_hash, payload FROM oidc_artefacts
    WHERE model = 'Grant'
      AND id_hash = ANY (CASE WHEN a.grant_hash IS NULL THEN a.session_grants ELSE ARRAY[a.grant_hash] END)
      AND (a.grant_hash IS NOT NULL OR client_id = q.client_id)
    LIMIT 1
  ) g ON true
  LEFT JOIN LATERAL (
    SELECT uid_hash, id_hash, payload FROM oidc_artefacts
    WHERE uid_hash = a.session_hash AND model = 'Session' AND ended_at IS NULL
    LIMIT 1
  ) s ON true
  LEFT JOIN identities i
    ON i.account_id = CASE WHEN a.model = 'AuthorizationCode' THEN a.account_id END AND i.provider = 'zalo'
  ${joinAccount('a.account_id')}`,
});

const columns = [
  ['model', 'text'],
  ['id_hash', 'bytea'],
  ['payload', 'bytea'],
  ['grant_hash', 'bytea'],
  ['uid_hash', 'bytea'],
  ['session_hash', 'bytea'],
  ['user_code_hash', 'bytea'],
  ['account_id', 'uuid'],
  ['client_id', 'text'],
  ['device_hash', 'bytea'],
  ['session_grants', 'text'],
  ['expires_at', 'timestamptz'],
  ['ended_at', 'timestamptz'],
] as const;
const names = columns.map(([name]) => name);

/** `isMeant`: which of the rows are written; `r.bought_with` is the id of what is taken for them. */
const inserting = (isMeant: string) => `
  INSERT INTO oidc_artefacts (${names.join(', ')})
  SELECT ${names.map((name) => (name === 'session_grants' ? 'session_grants::bytea[]' : name)).join(', ')}
  FROM unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}, $${columns.length + 1}::bytea[])
    AS r (${names.join(', ')}, bought_with)
  WHERE ${isMeant}
  ON CONFLICT (id_hash, model) DO UPDATE
  SET ${names
    .slice(2)
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}
  -- What was ended stays ended: a request that was under way must not bring a signed-out session back.
  WHERE oidc_artefacts.ended_at IS NULL`;

const writing = { name: 'artefacts_write', text: inserting('r.bought_with IS NULL') };

const taking = `
  UPDATE oidc_artefacts a SET consumed_at = q.now, payload = coalesce(q.left_over, a.payload),
    ended_at = CASE WHEN q.left_over IS NOT NULL THEN q.now END
  FROM unnest($${columns.length + 2}::text[], $${columns.length + 3}::bytea[], $${columns.length + 4}::timestamptz[],
    $${columns.length + 5}::bytea[]) AS q (model, id_hash, now, left_over)
  WHERE a.id_hash = q.id_hash AND a.model = q.model AND a.consumed_at IS NULL AND a.ended_at IS NULL
  RETURNING a.model, a.id_hash`;

/** What is taken and what is bought with it, in one act: whoever comes second takes nothing and writes nothing. */
const buying = {
  name: 'artefacts_buy',
  text: `
  WITH taken AS (${taking}),
  written AS (${inserting('r.bought_with IS NULL OR r.bought_with IN (SELECT id_hash FROM taken)')})
  SELECT model, id_hash FROM taken`,
};

const removing = {
  name: 'artefacts_remove',
  text: `
  DELETE FROM oidc_artefacts a USING unnest($1::text[], $2::bytea[]) AS q (model, id_hash)
  WHERE a.id_hash = q.id_hash AND a.model = q.model`,
};

/**
 * What one request leaves behind, in one statement. `take`: an artefact that nobody has consumed yet; when somebody has,
 * nothing of the work is done.
 */
export type Work = { rows: readonly ArtefactRow[]; take?: Take };

export class Artefacts {
  readonly #byId: Batch<Question, FoundRow | undefined>;
  readonly #byUid: Batch<Question, FoundRow | undefined>;
  readonly #commit: Batch<Work, boolean>;
  readonly #remove: Batch<Named, undefined>;
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
    const keyOf = (model: string, idHash: Buffer) => `${model}/${idHash.toString('base64')}`;
    this.#byId = new Batch((questions) => ask(db, 'id_hash', questions), { again: true });
    this.#byUid = new Batch((questions) => ask(db, 'uid_hash', questions), { again: true });
    this.#commit = new Batch((works) => commit(db, works), {
      keysOf: ({ rows, take }) => [
        ...rows.map(({ model, id_hash }) => keyOf(model, id_hash)),
        ...(take ? [keyOf(take.model, take.idHash)] : []),
      ],
    });
    this.#remove = new Batch((items) => remove(db, items), {
      keysOf: ({ model, idHash }) => [keyOf(model, idHash)],
      again: true,
    });
  }

  findById(question: Question): Promise<FoundRow | undefined> {
    return this.#byId.add(question);
  }

  findByUid(question: Question): Promise<FoundRow | undefined> {
    return this.#byUid.add(question);
  }

  /** False: what was to be taken was taken already, and nothing is written. */
  async commit(work: Work): Promise<boolean> {
    try {
      return await this.#commit.add(work);
    } catch (error) {
      if (!(error instanceof Unanswered) || error.silent || !(await isDone(this.#db, work))) throw error;
      return true;
    }
  }

  remove(item: Named): Promise<void> {
    return this.#remove.add(item);
  }
}

const questions = { id_hash: askBy('id_hash'), uid_hash: askBy('uid_hash') };

async function ask(
  db: Db,
  column: keyof typeof questions,
  asked: readonly Question[],
): Promise<(FoundRow | undefined)[]> {
  const rows = await runPrepared<FoundRow & { n: number }>(db, questions[column], [
    toTextArray(asked.map(({ model }) => model)),
    toByteaArray(asked.map(({ key }) => key)),
    toTextArray(asked.map(({ clientId }) => clientId ?? null)),
  ]);
  const found: (FoundRow | undefined)[] = new Array(asked.length).fill(undefined);
  for (const row of rows) found[row.n - 1] = row;
  return found;
}

async function commit(db: Db, works: readonly Work[]): Promise<boolean[]> {
  const bought = works.flatMap(({ rows, take }) => rows.map((row) => ({ row, with: take?.idHash ?? null })));
  // Ends first: a session that is renamed keeps its uid, and there is one of each.
  const turnOf = ({ row }: (typeof bought)[number]) => (row.ended_at ? 0 : 1);
  const sorted = inOrder(bought, ({ row }) => row.id_hash).sort((one, other) => turnOf(one) - turnOf(other));
  const values = columns.map(([name, type]) => {
    const cells = sorted.map(({ row }) => (name === 'session_grants' ? sayGrants(row) : row[name]));
    return type === 'bytea' ? toByteaArray(cells as Buffer[]) : toTextArray(cells as string[]);
  });
  values.push(toByteaArray(sorted.map((one) => one.with)));
  const takes = inOrder(
    works.flatMap(({ take }) => take ?? []),
    ({ idHash }) => idHash,
  );
  if (takes.length === 0) {
    await runPrepared(db, writing, values);
    return works.map(() => true);
  }
  values.push(
    toTextArray(takes.map(({ model }) => model)),
    toByteaArray(takes.map(({ idHash }) => idHash)),
    toTextArray(takes.map(({ now }) => now)),
    toByteaArray(takes.map(({ left }) => left ?? null)),
  );
  const taken = await runPrepared<{ model: string; id_hash: Buffer }>(db, buying, values);
  return works.map(
    ({ take }) =>
      !take || taken.some(({ model, id_hash }) => model === take.model && id_hash.equals(take.idHash)),
  );
}

const finding = {
  name: 'artefacts_find_written',
  text: `
  SELECT a.id_hash FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS q (model, id_hash, payload)
  JOIN oidc_artefacts a ON a.id_hash = q.id_hash AND a.model = q.model AND a.payload = q.payload`,
};

/** Whether a work was done whose answer was lost: what it sealed stands there, and nobody else can have sealed that. */
async function isDone(db: Db, { rows }: Work): Promise<boolean> {
  const sealed = rows.filter(({ ended_at }) => !ended_at);
  if (sealed.length === 0) return false;
  const found = await runPrepared(db, finding, [
    toTextArray(sealed.map(({ model }) => model)),
    toByteaArray(sealed.map(({ id_hash }) => id_hash)),
    toByteaArray(sealed.map(({ payload }) => payload)),
  ]);
  return found.length === sealed.length;
}

/** PostgreSQL's arrays of arrays are tables; a list of its own for each row goes as text. */
function sayGrants({ session_grants: hashes }: ArtefactRow): string | null {
  return hashes && `{${hashes.map((hash) => `"\\\\x${hash.toString('hex')}"`).join(',')}}`;
}

async function remove(db: Db, items: readonly Named[]): Promise<undefined[]> {
  const sorted = inOrder(items, ({ idHash }) => idHash);
  await runPrepared(db, removing, [
    toTextArray(sorted.map(({ model }) => model)),
    toByteaArray(sorted.map(({ idHash }) => idHash)),
  ]);
  return items.map(() => undefined);
}

function inOrder<Item>(items: readonly Item[], idOf: (item: Item) => Buffer): Item[] {
  return items.length < 2 ? [...items] : [...items].sort((one, other) => idOf(one).compare(idOf(other)));
}
