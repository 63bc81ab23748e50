/**
 * The table of artefacts as the adapter uses it: reads that bring along what the provider asks for next, and writes,
 * each gathered with those of other requests into one statement (db/batch).
 *
 * Rows of one statement are locked in the order of their ids, so that two nodes never wait for each other in a circle.
 */
import { type AccountRow, accountColumns, joinAccount } from '../account/accounts.ts';
import { Batch } from '../db/batch.ts';
import { type Db, runPrepared } from '../db/database.ts';

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
};

/** `clientId`: whose grant to bring along with a session. */
type Question = { model: string; key: Buffer; clientId: string | undefined };
type Named = { model: string; idHash: Buffer; now: Date };

const askBy = (column: 'id_hash' | 'uid_hash') => ({
  name: `artefacts_by_${column}`,
  text: `
  SELECT q.n::int, a.id_hash, a.payload, a.consumed_at, g.id_hash AS grant_hash, g.payload AS grant_payload,
    s.uid_hash AS session_uid_hash, s.id_hash AS session_hash, s.payload AS session_payload,
    ${accountColumns}
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
] as const;
const names = columns.map(([name]) => name);

const writing = {
  name: 'artefacts_write',
  text: `
  INSERT INTO oidc_artefacts (${names.join(', ')})
  SELECT ${names.map((name) => (name === 'session_grants' ? 'session_grants::bytea[]' : name)).join(', ')}
  FROM unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) AS r (${names.join(', ')})
  ON CONFLICT (id_hash, model) DO UPDATE
  SET ${names
    .slice(2)
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}
  -- What was ended stays ended: a request that was under way must not bring a signed-out session back.
  WHERE oidc_artefacts.ended_at IS NULL`,
};

const taking = {
  name: 'artefacts_take',
  text: `
  UPDATE oidc_artefacts a SET consumed_at = $3
  FROM unnest($1::text[], $2::bytea[]) AS q (model, id_hash)
  WHERE a.id_hash = q.id_hash AND a.model = q.model AND a.consumed_at IS NULL
  RETURNING a.model, a.id_hash`,
};

const removing = {
  name: 'artefacts_remove',
  text: `
  DELETE FROM oidc_artefacts a USING unnest($1::text[], $2::bytea[]) AS q (model, id_hash)
  WHERE a.id_hash = q.id_hash AND a.model = q.model`,
};

const ending = {
  name: 'artefacts_end',
  text: `
  UPDATE oidc_artefacts a
  SET payload = '', grant_hash = NULL, uid_hash = NULL, session_hash = NULL, account_id = NULL, client_id = NULL,
    device_hash = NULL, session_grants = NULL, ended_at = $3, expires_at = $3::timestamptz + interval '1 day'
  FROM unnest($1::text[], $2::bytea[]) AS q (model, id_hash)
  WHERE a.id_hash = q.id_hash AND a.model = q.model`,
};

export class Artefacts {
  readonly #byId: Batch<Question, FoundRow | undefined>;
  readonly #byUid: Batch<Question, FoundRow | undefined>;
  readonly #write: Batch<ArtefactRow, undefined>;
  readonly #take: Batch<Named, boolean>;
  readonly #remove: Batch<Named, undefined>;
  readonly #end: Batch<Named, undefined>;

  constructor(db: Db) {
    const keyOf = (model: string, idHash: Buffer) => `${model}/${idHash.toString('base64')}`;
    this.#byId = new Batch((questions) => ask(db, 'id_hash', questions));
    this.#byUid = new Batch((questions) => ask(db, 'uid_hash', questions));
    this.#write = new Batch((rows) => write(db, rows), {
      keyOf: ({ model, id_hash }) => keyOf(model, id_hash),
    });
    const ordered = { keyOf: ({ model, idHash }: Named) => keyOf(model, idHash) };
    this.#take = new Batch((items) => take(db, items), ordered);
    this.#remove = new Batch((items) => change(db, removing, items), ordered);
    this.#end = new Batch((items) => change(db, ending, items, items[0]?.now), ordered);
  }

  findById(question: Question): Promise<FoundRow | undefined> {
    return this.#byId.add(question);
  }

  findByUid(question: Question): Promise<FoundRow | undefined> {
    return this.#byUid.add(question);
  }

  write(row: ArtefactRow): Promise<void> {
    return this.#write.add(row);
  }

  /** Consumes what nobody has consumed; false for whoever comes second. */
  take(item: Named): Promise<boolean> {
    return this.#take.add(item);
  }

  remove(item: Named): Promise<void> {
    return this.#remove.add(item);
  }

  /** Leaves the bare id behind for a day; reading and writing pass it by. */
  end(item: Named): Promise<void> {
    return this.#end.add(item);
  }
}

const questions = { id_hash: askBy('id_hash'), uid_hash: askBy('uid_hash') };

async function ask(
  db: Db,
  column: keyof typeof questions,
  asked: readonly Question[],
): Promise<(FoundRow | undefined)[]> {
  const rows = await runPrepared<FoundRow & { n: number }>(db, questions[column], [
    asked.map(({ model }) => model),
    asked.map(({ key }) => key),
    asked.map(({ clientId }) => clientId ?? null),
  ]);
  const found: (FoundRow | undefined)[] = new Array(asked.length).fill(undefined);
  for (const row of rows) found[row.n - 1] = row;
  return found;
}

async function write(db: Db, rows: readonly ArtefactRow[]): Promise<undefined[]> {
  const sorted = inOrder(rows, ({ id_hash }) => id_hash);
  const values = names.map((name) =>
    sorted.map((row) => (name === 'session_grants' ? arrayText(row.session_grants) : row[name])),
  );
  await runPrepared(db, writing, values);
  return rows.map(() => undefined);
}

/** PostgreSQL's arrays of arrays are tables; a list of its own for each row goes as text. */
function arrayText(hashes: readonly Buffer[] | null): string | null {
  return hashes && `{${hashes.map((hash) => `"\\\\x${hash.toString('hex')}"`).join(',')}}`;
}

async function take(db: Db, items: readonly Named[]): Promise<boolean[]> {
  const sorted = inOrder(items, ({ idHash }) => idHash);
  const taken = await runPrepared<{ model: string; id_hash: Buffer }>(db, taking, [
    sorted.map(({ model }) => model),
    sorted.map(({ idHash }) => idHash),
    items[0]?.now,
  ]);
  return items.map(({ model, idHash }) =>
    taken.some((row) => row.model === model && row.id_hash.equals(idHash)),
  );
}

async function change(
  db: Db,
  statement: typeof removing,
  items: readonly Named[],
  ...more: unknown[]
): Promise<undefined[]> {
  const sorted = inOrder(items, ({ idHash }) => idHash);
  const keys = [sorted.map(({ model }) => model), sorted.map(({ idHash }) => idHash)];
  await runPrepared(db, statement, [...keys, ...more]);
  return items.map(() => undefined);
}

function inOrder<Item>(items: readonly Item[], idOf: (item: Item) => Buffer): Item[] {
  return items.length < 2 ? [...items] : [...items].sort((one, other) => idOf(one).compare(idOf(other)));
}
