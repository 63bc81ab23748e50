/**
 * What a token is worth at this moment: the token, the grant and the session it hangs from, and the account behind it,
 * in one query; questions that arrive together share it (db/batch). Nothing is remembered from one question to the
 * next, so what ends on any node has ended here with the commit (RFC 7662 §4).
 */
import { hash } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import {
  type AccountRow,
  type AccountState,
  accountColumns,
  joinAccount,
  stateOf,
} from '../account/accounts.ts';
import { Batch } from '../db/batch.ts';
import { runPrepared } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { openArtefact } from './artefact-rows.ts';

export type TokenKind = 'AccessToken' | 'ClientCredentials' | 'RefreshToken';

/** What is sealed in a token's row; the provider's own names. */
export type TokenPayload = AdapterPayload & {
  clientId: string;
  exp: number;
  iat: number;
  accountId?: string;
  grantId?: string;
  aud?: string;
  scope?: string;
  sid?: string;
  acr?: string;
  amr?: string[];
  authTime?: number;
  jkt?: string;
  'x5t#S256'?: string;
  extra?: { [claim: string]: unknown };
};

export type LiveToken = {
  kind: TokenKind;
  payload: TokenPayload;
  /** Of the citizen it speaks for; absent from a token that speaks for a client alone. */
  account?: AccountState;
};

type Row = AccountRow & {
  n: number;
  model: TokenKind;
  /** Null: it is what is known already. */
  payload: Buffer | null;
  /** Whether the token's session is there and holds its grant; null: it must be opened to say. */
  in_session: boolean | null;
};
type Opened = { seal: string; payload: TokenPayload };
/** In hex, as PostgreSQL is sent it: buffers of 32 bytes cost more than what is in them. */
type Question = { tokenHash: string; seal: string; now: Date };

// LATERAL and LIMIT: each is looked up by its key. Left to itself PostgreSQL once read all sessions, because there had been
// none when it last counted them. The grant must be the token's own client's and citizen's, as the provider asks for it, too.
const question = {
  name: 'live_tokens',
  text: `
    SELECT q.n::int, t.model,
      CASE WHEN substr(t.payload, length(t.payload) - 15) <> q.seal THEN t.payload END AS payload,
      CASE WHEN s.session_grants[1] = substr(s.payload, length(s.payload) - 15)
        THEN t.grant_hash = ANY (s.session_grants) END AS in_session,
      ${accountColumns}
    FROM unnest($1::bytea[], $3::bytea[]) WITH ORDINALITY AS q (id_hash, seal, n)
    JOIN oidc_artefacts t ON t.id_hash = q.id_hash
      AND t.model IN ('AccessToken', 'ClientCredentials', 'RefreshToken')
      AND t.consumed_at IS NULL AND t.ended_at IS NULL AND t.expires_at > $2
    LEFT JOIN LATERAL (
      SELECT id_hash FROM oidc_artefacts
      WHERE id_hash = t.grant_hash AND model = 'Grant'
        AND client_id = t.client_id AND account_id = t.account_id AND expires_at > $2
      LIMIT 1
    ) g ON true
    LEFT JOIN LATERAL (
      SELECT payload, session_grants FROM oidc_artefacts
      WHERE uid_hash = t.session_hash AND model = 'Session'
        AND account_id = t.account_id AND ended_at IS NULL AND expires_at > $2
      LIMIT 1
    ) s ON true
    ${joinAccount('t.account_id')}
    WHERE t.grant_hash IS NULL OR g.id_hash IS NOT NULL`,
};

/** Bytes at the end of what is sealed (AES-GCM's tag): they tell one sealing from every other. */
const SEAL = 16;
const MOST_OPENED = 16_384;

export class LiveTokens {
  readonly #deps: Pick<Deps, 'db' | 'keyring' | 'clock'>;
  readonly #opened = new Map<string, Opened>();
  readonly #questions: Batch<Question, Row | undefined>;

  constructor(deps: Pick<Deps, 'db' | 'keyring' | 'clock'>) {
    this.#deps = deps;
    this.#questions = new Batch((questions) => this.#ask(questions));
  }

  /** Undefined: there is no such token, or it opens nothing any more. */
  async find(token: string): Promise<LiveToken | undefined> {
    const now = this.#deps.clock();
    const tokenHash = hash('sha256', token, 'hex');
    const known = this.#opened.get(tokenHash);
    const row = await this.#questions.add({ tokenHash, seal: known?.seal ?? '', now });
    if (!row) return undefined;
    const payload = known && row.payload === null ? known.payload : this.#open(tokenHash, row);
    if (payload.exp * 1000 <= now.getTime()) return undefined;
    if (payload.expiresWithSession && !(await this.#isInItsSession(payload, row))) return undefined;
    if (!payload.accountId) return { kind: row.model, payload };
    const account = row.id === payload.accountId ? stateOf(row, now) : undefined;
    return account?.status === 'active' ? { kind: row.model, payload, account } : undefined;
  }

  /**
   * What is sealed in a row that was just read. A service asks about one token again and again: what was opened is kept,
   * under the seal it had, and the row with the same seal is not sent again. Whether it still counts is never kept.
   */
  #open(tokenHash: string, { model, payload: sealed }: Row): TokenPayload {
    if (!sealed) throw new Error('a token was not sent that is not known');
    const id_hash = Buffer.from(tokenHash, 'hex');
    const payload = openArtefact(this.#deps.keyring, model, { id_hash, payload: sealed }) as TokenPayload;
    if (this.#opened.size >= MOST_OPENED) {
      const [oldest = ''] = this.#opened.keys();
      this.#opened.delete(oldest);
    }
    // Not the token itself.
    const { jti: _jti, ...rest } = payload;
    // As text: sixteen bytes cut out of a pool of buffers would keep all of the pool.
    const seal = sealed.toString('hex', sealed.length - SEAL);
    this.#opened.set(tokenHash, { seal, payload: rest as TokenPayload });
    return payload;
  }

  async #ask(questions: readonly Question[]): Promise<(Row | undefined)[]> {
    const hashes = questions.map(({ tokenHash }) => `\\x${tokenHash}`);
    const seals = questions.map(({ seal }) => `\\x${seal}`);
    const rows = await runPrepared<Row>(this.#deps.db, question, [hashes, questions[0]?.now, seals]);
    const answers: (Row | undefined)[] = new Array(questions.length).fill(undefined);
    for (const row of rows) answers[row.n - 1] = row;
    return answers;
  }

  /** A token without offline access ends with its session, and when the session goes on under another grant. */
  async #isInItsSession({ sessionUid = '', accountId, clientId, grantId }: TokenPayload, row: Row) {
    if (row.in_session !== null) return row.in_session;
    // Written by the version before, or gone: asked for as the provider does.
    const { db, keyring, clock } = this.#deps;
    const found = await db
      .selectFrom('oidc_artefacts')
      .select(['id_hash', 'payload'])
      .where('uid_hash', '=', hash('sha256', sessionUid, 'buffer'))
      .where('model', '=', 'Session')
      .where('ended_at', 'is', null)
      .where('expires_at', '>', clock())
      .executeTakeFirst();
    const session = found && openArtefact(keyring, 'Session', found);
    const authorizations = session?.authorizations as Record<string, { grantId?: string }> | undefined;
    return session?.accountId === accountId && authorizations?.[clientId]?.grantId === grantId;
  }
}
