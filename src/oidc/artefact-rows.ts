/**
 * How an artefact stands in its row: its id as SHA-256 only, its payload sealed, and in columns what it is looked up by,
 * hangs from and ends with. What stands here in the clear names nobody.
 */
import { hash as digest } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';
import type { ArtefactRow } from './artefacts.ts';
import type { Row } from './request-memory.ts';

const DAY_MS = 24 * 3600 * 1000;

type Made = {
  model: string;
  idHash: Buffer;
  uidHash: Buffer | null;
  payload: AdapterPayload;
  /** The payload as it was when it was handed over. */
  text: string;
  /** Seconds; 0: for good. */
  expiresIn: number;
  /** Of a session: the browser it lives in. */
  device: Buffer | null;
};

export function makeRow(
  { keyring, clock }: Pick<Deps, 'keyring' | 'clock'>,
  { model, idHash, uidHash, payload, text, expiresIn, device }: Made,
): ArtefactRow {
  const sealed = keyring.seal('artefact', contextOf(model, idHash), text);
  return {
    model,
    id_hash: idHash,
    payload: sealed,
    uid_hash: uidHash,
    user_code_hash: payload.userCode ? hash(payload.userCode) : null,
    client_id: payload.clientId ?? null,
    device_hash: device,
    session_grants: model === 'Session' ? grantsIn(payload, sealed) : null,
    expires_at: expiresIn ? new Date(clock().getTime() + expiresIn * 1000) : null,
    ended_at: null,
    ...(model === 'Interaction' ? interactionLinks(payload) : links(payload)),
  };
}

/** What is left of an artefact that has ended. */
export function makeTombstone(model: string, idHash: Buffer, now: Date): ArtefactRow {
  return { model, id_hash: idHash, user_code_hash: null, ...tombstone(now) };
}

type Links = Pick<ArtefactRow, 'grant_hash' | 'session_hash' | 'account_id'>;

/** What an artefact hangs from. */
function links(payload: AdapterPayload): Links {
  return {
    grant_hash: payload.grantId ? hash(payload.grantId) : null,
    session_hash: payload.expiresWithSession && payload.sessionUid ? hash(payload.sessionUid) : null,
    account_id: payload.accountId ?? null,
  };
}

/** What is asked for next to an interaction: its session, and whom and what a step has brought. */
function interactionLinks({ grantId, session, result }: AdapterPayload): Links {
  const { login, consent } = (result ?? {}) as {
    login?: { accountId?: string };
    consent?: { grantId?: string };
  };
  const grant = consent?.grantId ?? grantId;
  const { uid, accountId } = (session ?? {}) as { uid?: string; accountId?: string };
  return {
    grant_hash: grant ? hash(grant) : null,
    session_hash: uid ? hash(uid) : null,
    account_id: login?.accountId ?? accountId ?? null,
  };
}

/** The end of the payload they were read from, and the grants: introspection need not open the session for them. */
function grantsIn({ authorizations }: AdapterPayload, sealed: Buffer): Buffer[] {
  const granted = Object.values((authorizations ?? {}) as Record<string, { grantId?: string }>);
  return [sealed.subarray(-16), ...granted.flatMap(({ grantId }) => (grantId ? [hash(grantId)] : []))];
}

/** What is left of a session that has ended: the bare id, for a day, so that nobody writes it again. */
export function tombstone(now: Date) {
  return {
    payload: Buffer.alloc(0),
    grant_hash: null,
    uid_hash: null,
    account_id: null,
    client_id: null,
    device_hash: null,
    session_hash: null,
    session_grants: null,
    ended_at: now,
    expires_at: new Date(now.getTime() + DAY_MS),
  };
}

/** What is sealed in a row, for those who list sessions and grants (oidc/sessions). */
export function openArtefact(
  keyring: Keyring,
  model: string,
  { id_hash, payload }: Pick<Row, 'id_hash' | 'payload'>,
): AdapterPayload {
  return JSON.parse(openText(keyring, model, { id_hash, payload }));
}

/** The same as the text that was sealed. */
export function openText(
  keyring: Keyring,
  model: string,
  { id_hash, payload }: Pick<Row, 'id_hash' | 'payload'>,
): string {
  return keyring.open('artefact', contextOf(model, id_hash), payload).toString();
}

export function contextOf(model: string, idHash: Buffer): string {
  return `${model}/${idHash.toString('base64')}`;
}

export function hash(value: string): Buffer {
  return digest('sha256', value, 'buffer');
}
