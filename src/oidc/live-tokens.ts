/**
 * What a token is worth at this moment: the token, the grant and the session it hangs from, and the account behind it,
 * in one query; questions that arrive together share it (db/batch). Nothing is remembered from one question to the
 * next, so what ends on any node has ended here with the commit (RFC 7662 §4).
 */
import { hash } from 'node:crypto';
import {
  type AccountRow,
  type AccountState,
  accountColumns,
  joinAccount,
  stateOf,
} from '../account/accounts.ts';
import { toByteaArray } from '../db/arrays.ts';
import { Batch } from '../db/batch.ts';
import { runPrepared } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { openArtefact } from './artefact-rows.ts';
import { type OpenedToken, OpenedTokens, type TokenKind, type TokenPayload } from './opened-tokens.ts';
import { subjectIn } from './subjects.ts';

export type LiveToken = {
  token: OpenedToken;
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
/** Bytes in latin1: a buffer of 32 bytes costs more than what is in it. No seal: nothing is known of the token. */
type Question = { idHash: string; seal: string; now: Date };

// LATERAL and LIMIT: each is looked up by its key. Left to itself PostgreSQL once read all sessions, because there had been
// none when it last counted them. The grant must be the token's own client's and citizen's, as the provider asks for it, too.
const question = {
  name: 'live_tokens',
  text: `
    SELECT q.n::int, t.model,
      CASE WHEN substr(t.payload, length(t.payload) - 15) <> q.seal THEN t.payload END AS payload,
      CASE WHEN t.session_hash IS NULL THEN NULL
        WHEN s.payload IS NULL THEN false
        WHEN s.session_grants[1] = substr(s.payload, length(s.payload) - 15)
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

export class LiveTokens {
  readonly #deps: Pick<Deps, 'db' | 'keyring' | 'clock'>;
  readonly #opened = new OpenedTokens();
  readonly #questions: Batch<Question, Row | undefined>;

  constructor(deps: Pick<Deps, 'db' | 'keyring' | 'clock'>) {
    this.#deps = deps;
    this.#questions = new Batch((questions) => this.#ask(questions), { again: true });
  }

  /** Undefined: there is no such token, or it opens nothing any more. */
  async find(value: string): Promise<LiveToken | undefined> {
    const now = this.#deps.clock();
    const idHash = hash('sha256', value, 'latin1');
    const known = this.#opened.find(idHash);
    const row = await this.#questions.add({ idHash, seal: known?.seal ?? '', now });
    if (!row) return undefined;
    const token = known && row.payload === null ? known : this.#keep(idHash, row);
    if (token.exp * 1000 <= now.getTime()) return undefined;
    if (token.terms.endsWithSession && !(row.in_session ?? (await this.#isInItsSession(idHash, now))))
      return undefined;
    if (!token.accountId) return { token };
    const account = row.id === token.accountId ? stateOf(row, now) : undefined;
    return account?.status === 'active' ? { token, account } : undefined;
  }

  /** Who a token's citizen is to those of a sector. Kept with the token: it is the same until another sector asks. */
  subjectOf(token: OpenedToken, sector: string, accountId: string): string {
    if (token.sub !== undefined && token.sector === sector) return token.sub;
    const sub = subjectIn(this.#deps.keyring, sector, accountId);
    this.#opened.keepSubject(token, sector, sub);
    return sub;
  }

  #keep(idHash: string, row: Row): OpenedToken {
    const { payload, sealed } = this.#open(idHash, row);
    return this.#opened.keep(idHash, row.model, payload, sealed);
  }

  #open(idHash: string, { model, payload: sealed }: Row): { payload: TokenPayload; sealed: Buffer } {
    if (!sealed) throw new Error('a token was not sent that is not known');
    const id_hash = Buffer.from(idHash, 'latin1');
    const payload = openArtefact(this.#deps.keyring, model, { id_hash, payload: sealed }) as TokenPayload;
    return { payload, sealed };
  }

  async #ask(questions: readonly Question[]): Promise<(Row | undefined)[]> {
    const rows = await runPrepared<Row>(this.#deps.db, question, [
      toByteaArray(questions.map(({ idHash }) => idHash)),
      questions[0]?.now,
      toByteaArray(questions.map(({ seal }) => seal)),
    ]);
    const answers: (Row | undefined)[] = new Array(questions.length).fill(undefined);
    for (const row of rows) answers[row.n - 1] = row;
    return answers;
  }

  /**
   * A token without offline access ends with its session, and when the session goes on under another grant. Where the
   * version before wrote either, the rows do not say, and it is asked for as the provider does.
   */
  async #isInItsSession(idHash: string, now: Date): Promise<boolean> {
    const row = await this.#questions.add({ idHash, seal: '', now });
    if (!row) return false;
    const { sessionUid = '', accountId, clientId, grantId } = this.#open(idHash, row).payload;
    const { db, keyring } = this.#deps;
    const found = await db
      .selectFrom('oidc_artefacts')
      .select(['id_hash', 'payload'])
      .where('uid_hash', '=', hash('sha256', sessionUid, 'buffer'))
      .where('model', '=', 'Session')
      .where('ended_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst();
    const session = found && openArtefact(keyring, 'Session', found);
    const authorizations = session?.authorizations as Record<string, { grantId?: string }> | undefined;
    return session?.accountId === accountId && authorizations?.[clientId]?.grantId === grantId;
  }
}
