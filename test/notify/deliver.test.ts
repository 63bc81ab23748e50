/** One notice, one message at most: against the sandbox's ZNS over HTTP and a real database, one step at a time. */
import { createServer, type Server } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount } from '../../src/account/accounts.ts';
import { findPhone } from '../../src/account/phones.ts';
import { performAct } from '../../src/audit/audit.ts';
import type { Config } from '../../src/config.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { Deps } from '../../src/deps.ts';
import { deliverNotices } from '../../src/notify/deliver.ts';
import type { Notice } from '../../src/notify/notices.ts';
import { getOaToken } from '../../src/notify/oa-token.ts';
import { tell } from '../../src/notify/outbox.ts';
import { type Messenger, znsMessenger } from '../../src/notify/zns.ts';
import { setOaToken } from '../../src/zalo/commands.ts';
import { listen, startSandbox, stop, type TestSandbox } from '../sandbox/support.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { givePhone } from '../support/phone.ts';

const FIRST_TOKEN = 'sandbox-oa-refresh-token';
const AN = '+84900000101';

let sandbox: TestSandbox;
let database: TestDatabase;
let deps: Deps;
let account: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  database = await createTestDatabase();
  deps = { ...sandbox.deps, db: database.db };
  expect(await setOaToken(deps, `${FIRST_TOKEN}\n`)).toBe(true);
});
afterAll(async () => {
  sandbox.stop();
  await database.close();
});
beforeEach(async () => {
  await database.db.deleteFrom('phones').execute();
  account = await performAct(deps, createAccount);
  await givePhone(deps, account, AN);
  await setFault('none');
});

const setFault = (fault: string) =>
  fetch(`${sandbox.url}/inbox/an`, {
    method: 'POST',
    body: new URLSearchParams({ fault }),
    redirect: 'manual',
  });

async function inbox(): Promise<{ id: string; text: string }[]> {
  const html = await (await fetch(`${sandbox.url}/inbox/an`)).text();
  return [...html.matchAll(/data-tracking="([^"]+)">([\s\S]*?)<\/article>/g)].map(
    ([, id = '', text = '']) => ({
      id,
      text: text.replace(/<[^>]+>/g, ' '),
    }),
  );
}

const sentTimes = async (id: string) => (await inbox()).filter((message) => message.id === id).length;

async function write(notice: Notice = { kind: 'level2_granted' }): Promise<string> {
  await performAct(deps, (act) => tell(act, account, notice));
  const row = await database.db
    .selectFrom('notices')
    .select('id')
    .where('account_id', '=', account)
    .orderBy('created_at', 'desc')
    .executeTakeFirstOrThrow();
  return row.id;
}

function deliver(
  id: string,
  { messenger = znsMessenger(deps) }: { messenger?: Messenger } = {},
): Promise<void> {
  const phoneOf = (accountId: string) => findPhone(deps.db, deps.keyring, accountId);
  return deliverNotices(deps, { messenger, phoneOf })({ notice: id });
}

const stateOf = (id: string) =>
  database.db
    .selectFrom('notices')
    .select(['status', 'attempts', 'last_error'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();

/** When the job of this notice that was added last is due. */
async function dueAt(id: string): Promise<Date> {
  const { rows } = await sql<{ run_at: Date }>`
    SELECT run_at FROM graphile_worker._private_jobs WHERE payload->>'notice' = ${id} ORDER BY id`.execute(
    database.db,
  );
  return rows.at(-1)?.run_at ?? new Date(0);
}

describe('a notice', () => {
  it('goes out once, with the words of its template and nobody’s name', async () => {
    const id = await write({ kind: 'level2_ending', date: '2027-01-31', days: 60 });
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'sent', attempts: 1, last_error: null });
    const [message] = (await inbox()).filter((one) => one.id === id);
    expect(message?.text).toContain('Căn cước sắp hết hạn');
    expect(message?.text).toContain('hết ngày 31/01/2027');
    // The job of a notice that was sent, run again: a worker may always do that.
    await deliver(id);
    expect(await sentTimes(id)).toBe(1);
  });

  it('has a template for every kind in the sandbox', async () => {
    const notices: Notice[] = [
      { kind: 'level2_granted' },
      { kind: 'level2_refused' },
      { kind: 'level2_asked' },
      { kind: 'level2_ended' },
      { kind: 'level2_elsewhere' },
      { kind: 'new_device', device: 'Chrome/Android' },
      { kind: 'new_device', device: '/' },
      { kind: 'pin_set' },
      { kind: 'pin_reset' },
      { kind: 'pin_locked' },
      { kind: 'passkey_added' },
      { kind: 'passkey_removed' },
      { kind: 'phone_quarantined' },
      { kind: 'phone_moved' },
      { kind: 'account_suspended' },
      { kind: 'account_reinstated' },
      { kind: 'account_closing', date: '2027-01-31' },
      { kind: 'account_closing_cancelled' },
    ];
    for (const notice of notices) {
      const id = await write(notice);
      await deliver(id);
      expect(await stateOf(id), notice.kind).toMatchObject({ status: 'sent' });
    }
    expect((await inbox()).some(({ text }) => text.includes('Chrome trên Android'))).toBe(true);
  });

  it('is written once for an event, however often the act is repeated', async () => {
    const event = `once/${account}`;
    const told = () => performAct(deps, (act) => tell(act, account, { kind: 'pin_locked', event }));
    expect([await told(), await told()]).toEqual([true, false]);
  });

  it('is not written for an act that failed', async () => {
    const act = performAct(deps, async (act) => {
      await tell(act, account, { kind: 'pin_set', event: `failed/${account}` });
      throw new Error('no');
    });
    await expect(act).rejects.toThrow('no');
    const rows = await database.db
      .selectFrom('notices')
      .select('id')
      .where('account_id', '=', account)
      .execute();
    expect(rows).toEqual([]);
  });

  it('is kept for the account page when there is no number, or one in doubt', async () => {
    await database.db.updateTable('phones').set({ status: 'quarantined' }).execute();
    const doubtful = await write();
    await deliver(doubtful);
    await database.db.deleteFrom('phones').execute();
    const without = await write();
    await deliver(without);
    for (const id of [doubtful, without]) {
      expect(await stateOf(id)).toMatchObject({ status: 'kept', attempts: 0 });
      expect(await sentTimes(id)).toBe(0);
    }
  });

  it('is kept when its kind has no template', async () => {
    const { zns } = deps.config;
    const config = {
      ...deps.config,
      zns: { url: zns?.url ?? '', templates: { pin_set: '300007' } },
    } as Config;
    const id = await write();
    await deliver(id, { messenger: znsMessenger({ ...deps, config }) });
    expect(await stateOf(id)).toMatchObject({ status: 'kept' });
  });
});

describe('when Zalo refuses', () => {
  it('waits longer each time, and gives up after three days', async () => {
    await setFault('503');
    const id = await write();
    const waits: number[] = [];
    for (let attempt = 1; attempt < 10; attempt += 1) {
      await deliver(id);
      expect(await stateOf(id)).toMatchObject({
        status: 'waiting',
        attempts: attempt,
        last_error: 'http_503',
      });
      waits.push(Math.round(((await dueAt(id)).getTime() - deps.clock().getTime()) / 60_000));
    }
    expect(waits).toEqual([1, 4, 16, 64, 256, 720, 720, 720, 720]);
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'failed', attempts: 10 });
    await setFault('none');
    await deliver(id);
    expect(await sentTimes(id)).toBe(0);
  });

  it('goes out when the outage is over', async () => {
    await setFault('-100');
    const id = await write();
    await deliver(id);
    await setFault('none');
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'sent', attempts: 2, last_error: null });
    expect(await sentTimes(id)).toBe(1);
  });

  it.each(['-118', '-119', '-114', '-139', '-141'])(
    'tries no second time what stays so: %s',
    async (fault) => {
      await setFault(fault);
      const id = await write();
      await deliver(id);
      expect(await stateOf(id)).toMatchObject({ status: 'failed', attempts: 1, last_error: fault });
    },
  );

  it('waits for the morning when Zalo sends none at night', async () => {
    await setFault('-133');
    const id = await write();
    await deliver(id);
    const due = await dueAt(id);
    expect(due.getTime() - deps.clock().getTime()).toBeLessThanOrEqual(86_400_000);
    expect([due.getUTCHours(), due.getUTCMinutes()]).toEqual([23, 10]);
  });

  it('knows a connection that was never made, and tries again', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((settle) => server.close(settle));
    const { templates } = deps.config.zns ?? { templates: {} };
    const config = { ...deps.config, zns: { url: `http://127.0.0.1:${port}`, templates } };
    const id = await write();
    await deliver(id, { messenger: znsMessenger({ ...deps, config }) });
    expect(await stateOf(id)).toMatchObject({ status: 'waiting', last_error: 'no_connection' });
  });
});

describe('never twice', () => {
  it('when the node dies between sending and writing it down', async () => {
    const id = await write();
    const dies: Messenger = (notice) => {
      const send = znsMessenger(deps)(notice);
      return send
        ? async (message) => {
            await send(message);
            throw new Error('killed');
          }
        : undefined;
    };
    await expect(deliver(id, { messenger: dies })).rejects.toThrow('killed');
    expect(await stateOf(id)).toMatchObject({ status: 'sending' });
    // The library gives the job to another node.
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'unknown', last_error: 'interrupted' });
    await deliver(id);
    expect(await sentTimes(id)).toBe(1);
  });

  it.each(['html', '500'])('when the answer says nothing: %s', async (fault) => {
    await setFault(fault);
    const id = await write();
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'unknown', attempts: 1 });
    await setFault('none');
    await deliver(id);
    expect(await sentTimes(id)).toBe(fault === 'html' ? 1 : 0);
  });

  it('when the connection breaks after the request went out', async () => {
    const breaking: Server = createServer((request) => {
      request.resume().on('end', () => request.socket.destroy());
    });
    const port = await listen(breaking);
    const { templates } = deps.config.zns ?? { templates: {} };
    const config = { ...deps.config, zns: { url: `http://127.0.0.1:${port}`, templates } };
    const id = await write();
    await deliver(id, { messenger: znsMessenger({ ...deps, config }) });
    stop(breaking);
    expect(await stateOf(id)).toMatchObject({ status: 'unknown', last_error: 'no_answer' });
  });

  it('when eight workers take it at once', async () => {
    const id = await write();
    await Promise.all(Array.from({ length: 8 }, () => deliver(id)));
    expect(await sentTimes(id)).toBe(1);
  });
});

describe('the token of the OA', () => {
  const zalo = () => {
    const { zalo: config } = deps.config;
    if (!config) throw new Error('no Zalo');
    return config;
  };
  const kept = () => database.db.selectFrom('zalo_oa_tokens').select('sealed').executeTakeFirstOrThrow();

  it('is got anew when Zalo no longer takes it, and the message goes out all the same', async () => {
    const before = await getOaToken(deps, zalo());
    const good = await getOaToken(deps, zalo(), before.ok ? before.accessToken : '');
    expect(good).toMatchObject({ ok: true });
    expect(good).not.toEqual(before);
    await setFault('-124');
    const id = await write();
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'waiting', last_error: '-124' });
    expect(await getOaToken(deps, zalo())).not.toEqual(good);
    await setFault('none');
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'sent' });
  });

  it('is exchanged by one of many when two nodes find it run out, and no refresh token is burnt', async () => {
    const other = openDatabase(database.url, 5);
    sandbox.moveClock(26 * 3600);
    const tokens = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        getOaToken({ ...deps, db: index % 2 ? other : deps.db }, zalo()),
      ),
    );
    expect(new Set(tokens.map((token) => JSON.stringify(token))).size).toBe(1);
    expect(tokens[0]).toMatchObject({ ok: true });
    sandbox.moveClock(26 * 3600);
    expect(await getOaToken({ ...deps, db: other }, zalo())).toMatchObject({ ok: true });
    await other.destroy();
  });

  it('lies sealed', async () => {
    const token = await getOaToken(deps, zalo());
    const { sealed } = await kept();
    expect(token.ok && sealed.includes(token.accessToken)).toBe(false);
  });

  it('that was lost stops nothing but the messages, until an operator sets a new one', async () => {
    expect(await setOaToken(deps, 'a-token-that-zalo-does-not-know')).toBe(true);
    const id = await write();
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'waiting', last_error: 'oa_token_-14014' });
    await database.db.deleteFrom('zalo_oa_tokens').execute();
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ status: 'waiting', last_error: 'no_oa_token' });
    expect(await setOaToken(deps, '  ')).toBe(false);
  });
});
