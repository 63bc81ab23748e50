/**
 * The browsers an account was used in, so that a citizen knows their own again and hears of a new one. Kept: a hash
 * of the browser's name and a label of two words; never the User-Agent itself.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { messagesFor } from '../../views/messages.ts';
import type { Act } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { browserOf, hashBrowser } from '../http/browser.ts';
import type { Context } from '../http/state.ts';
import { tell } from '../notify/outbox.ts';

/** The first that fits names the program, in the order in which they imitate each other. */
const programs: readonly [RegExp, string][] = [
  [/zalo/i, 'Zalo'],
  [/coc_coc_browser/i, 'Cốc Cốc'],
  [/samsungbrowser/i, 'Samsung Internet'],
  [/edg(e|a|ios)?\//i, 'Edge'],
  [/firefox|fxios/i, 'Firefox'],
  [/chrome|crios/i, 'Chrome'],
  [/safari/i, 'Safari'],
];
const systems: readonly [RegExp, string][] = [
  [/android/i, 'Android'],
  [/iphone/i, 'iPhone'],
  [/ipad/i, 'iPad'],
  [/windows/i, 'Windows'],
  [/mac os x|macintosh/i, 'Mac'],
  [/cros/i, 'ChromeOS'],
  [/linux/i, 'Linux'],
];

/** `Chrome/Android`, as it is kept; a part that is not known is left out. */
export function labelOf(userAgent: string): string {
  const name = (table: readonly [RegExp, string][]) =>
    table.find(([pattern]) => pattern.test(userAgent))?.[1] ?? '';
  return `${name(programs)}/${name(systems)}`;
}

/** `Chrome/Android` in words; empty when nothing is known. */
export function sayDevice(ctx: Context, label: string): string {
  const [program = '', system = ''] = label.split('/');
  const { device } = messagesFor(ctx.state.lang).account.sessions;
  return program && system ? device(program, system) : program || system;
}

/** The browser this request comes from. */
export function deviceOf(deps: Pick<Deps, 'config' | 'random'>, ctx: Context) {
  return { deviceHash: hashBrowser(browserOf(deps, ctx)), label: labelOf(ctx.get('user-agent')) };
}

/** Notes that an account was used in this browser; the first sight of one is recorded, and told unless it is the very first. */
export async function noteDevice(
  act: Act,
  { accountId, deviceHash, label }: { accountId: string; deviceHash: Buffer; label: string },
): Promise<void> {
  const { trx, now, record } = act;
  // `earlier` is read as it was before: a statement does not see what it writes itself.
  const { rows } = await sql<{ added: boolean; earlier: boolean }>`
    WITH known AS (
      UPDATE devices SET last_seen_at = ${now}, label = ${label}
      WHERE account_id = ${accountId} AND device_hash = ${deviceHash}
      RETURNING label
    ), added AS (
      INSERT INTO devices (account_id, device_hash, label, first_seen_at, last_seen_at)
      SELECT ${accountId}, ${deviceHash}, ${label}, ${now}, ${now} WHERE NOT EXISTS (SELECT FROM known)
      ON CONFLICT DO NOTHING
      RETURNING label
    )
    SELECT EXISTS (SELECT FROM added) AS added,
      EXISTS (SELECT FROM devices WHERE account_id = ${accountId}) AS earlier`.execute(trx);
  const [seen] = rows;
  if (!seen?.added) return;
  record(firstSight(accountId, deviceHash));
  if (seen.earlier) await tell(act, accountId, { kind: 'new_device', device: label });
}

export type Device = { hash: Buffer; label: string; firstSeenAt: Date; lastSeenAt: Date };

export async function listDevices(db: Db, accountId: string): Promise<Device[]> {
  const rows = await db
    .selectFrom('devices')
    .select(['device_hash', 'label', 'first_seen_at', 'last_seen_at'])
    .where('account_id', '=', accountId)
    .orderBy('last_seen_at', 'desc')
    .limit(200)
    .execute();
  return rows.map((row) => ({
    hash: row.device_hash,
    label: row.label,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
  }));
}

export function firstSight(account: string, deviceHash: Buffer): AuditEvent {
  // One account's name for a browser: two accounts in one browser cannot be told by it.
  const device = createHash('sha256').update(account).update(deviceHash).digest('hex').slice(0, 16);
  return { event: 'device.first_seen', account, device };
}
