/** Signing in on another device (RFC 8628): the kiosk shows a code, the citizen lets it in on their phone. */
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { registerClients } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
let product: Product;
let kiosk: client.Configuration;

beforeAll(async () => {
  product = await startProduct({
    prepare: ({ db }) => registerClients(db, [{ client_id: 'no-device' }]),
  });
  kiosk = await client.discovery(new URL(product.issuer), 'sandbox-kiosk', undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
});
afterAll(() => product?.close());

const begin = (scope = 'openid profile', extra: Record<string, string> = {}) =>
  client.initiateDeviceAuthorization(kiosk, { scope, ...extra });

const poll = (deviceCode: string) => client.genericGrantRequest(kiosk, GRANT, { device_code: deviceCode });

/** Opens the address by hand and types the code. */
async function typeCode(userCode: string): Promise<Visitor> {
  const phone = new Visitor();
  await phone.open(`${product.issuer}/device`);
  await phone.submit('form-device-code', { user_code: userCode });
  return phone;
}

describe('a kiosk', () => {
  it('is given a code for people, an address, a time and an interval (§3.2)', async () => {
    const device = await begin();
    expect(device).toMatchObject({
      user_code: expect.stringMatching(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/),
      verification_uri: `${product.issuer}/device`,
      verification_uri_complete: `${product.issuer}/device?user_code=${device.user_code}`,
      expires_in: 600,
      interval: 5,
    });
  });

  it('waits, and goes on when the citizen has let it in (§3.4, §3.5)', async () => {
    const device = await begin();
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'authorization_pending' });

    const phone = await typeCode(device.user_code.toLowerCase().replace('-', ' '));
    expect(phone.text).toContain('Quầy lấy số tự động');
    expect(phone.text).toContain(device.user_code);
    expect(phone.text).toContain('Coi chừng bị lừa');
    await phone.submit('form-device-confirm', { confirm: 'yes' });
    await signInWithZalo(phone, 'an');
    await agree(phone);
    expect(phone.text).toContain('Xong rồi');

    product.travel(5);
    const tokens = await poll(device.device_code);
    const who = await client.fetchUserInfo(kiosk, tokens.access_token, client.skipSubjectCheck);
    expect(who.name).toBe('Nguyễn Văn An');
    // A device code serves once.
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('hears slow_down when it asks too often (§3.5), and whoever holds no code of theirs cannot slow it', async () => {
    const device = await begin();
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'authorization_pending' });
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'slow_down' });
    product.travel(5);
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'authorization_pending' });
  });

  it('hears access_denied when the citizen says no, and the code is dead', async () => {
    const device = await begin();
    const phone = await typeCode(device.user_code);
    await phone.submit('form-device-confirm', { abort: 'yes', confirm: '' });
    expect(phone.text).toContain('Đã dừng lại');
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'access_denied' });
    const again = await typeCode(device.user_code);
    expect(again.text).toContain('đã dùng rồi');
  });

  it('hears access_denied when the citizen gives up on the way', async () => {
    const device = await begin();
    const phone = await typeCode(device.user_code);
    await phone.submit('form-device-confirm', { confirm: 'yes' });
    await phone.submit('form-cancel');
    expect(phone.text).toContain('Đã dừng lại');
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('hears expired_token after ten minutes (§3.5), and the citizen is told', async () => {
    const device = await begin();
    product.travel(601);
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'expired_token' });
    expect((await typeCode(device.user_code)).text).toContain('hết hạn');
  });

  it('is let in under the rule of levels: a scope that needs level2 asks for the step', async () => {
    const device = await begin('openid identity');
    const phone = await typeCode(device.user_code);
    await phone.submit('form-device-confirm', { confirm: 'yes' });
    await signInWithZalo(phone, 'binh');
    expect(phone.has('form-vneid')).toBe(true);
    expect(phone.has('form-decline')).toBe(false);
    await proveWithVneid(phone, 'binh');
    await agree(phone);
    expect(phone.text).toContain('Xong rồi');
    const tokens = await poll(device.device_code);
    expect((tokens as unknown as { id_token: string }).id_token).toBeTruthy();
    const who = await client.fetchUserInfo(kiosk, tokens.access_token, client.skipSubjectCheck);
    expect(who.personal_number).toBe('072185000102');
  });

  it('is let in at what the session proves: a service sees it, and level2 scopes stay away from level1', async () => {
    const device = await begin('openid hoso.xem');
    const phone = await typeCode(device.user_code);
    await phone.submit('form-device-confirm', { confirm: 'yes' });
    await signInWithZalo(phone, 'my');
    await agree(phone);
    const { access_token } = await poll(device.device_code);
    expect(await introspectAsService(product, access_token)).toMatchObject({
      active: true,
      acr: 'level1',
      amr: ['zalo'],
      scope: 'hoso.xem',
    });
  });

  it('who may not have level2 hears so, and is not given less', async () => {
    const device = await begin('openid identity');
    const phone = await typeCode(device.user_code);
    await phone.submit('form-device-confirm', { confirm: 'yes' });
    await signInWithZalo(phone, 'khanh');
    await phone.submit('form-cancel');
    expect(phone.text).toContain('Đã dừng lại');
    await expect(poll(device.device_code)).rejects.toMatchObject({
      error: 'unmet_authentication_requirements',
    });
  });

  it('is for clients that registered the grant', async () => {
    const answer = await fetch(`${product.issuer}/device/auth`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'sandbox-app', scope: 'openid' }),
    });
    expect(await answer.json()).toMatchObject({ error: 'unauthorized_client' });
  });
});

describe('the phone', () => {
  it('that scanned the code has it in the field, and still compares and confirms (§3.3.1)', async () => {
    const device = await begin();
    const phone = new Visitor();
    await phone.open(device.verification_uri_complete ?? '');
    expect(phone.page.html).not.toContain('<script');
    expect(phone.page.html).toContain(`value="${device.user_code}"`);
    await phone.submit('form-device-code');
    expect(phone.has('form-device-confirm')).toBe(true);
  });

  it('hears plainly when the code is wrong, and may try again', async () => {
    const phone = await typeCode('BBBB-BBBB');
    expect(phone.page.status).toBe(400);
    expect(phone.text).toContain('Mã chưa đúng');
    const device = await begin();
    await phone.submit('form-device-code', { user_code: device.user_code });
    expect(phone.has('form-device-confirm')).toBe(true);
  });

  it('without a session is told so, whatever it sends or opens: it is no fault of ours', async () => {
    const device = await begin();
    const form = {
      method: 'POST',
      body: new URLSearchParams({ user_code: device.user_code, confirm: 'yes' }),
    };
    for (const [path, init] of [
      ['/device', form],
      ['/device/made-up', {}],
    ] as const) {
      const stranger = new Visitor();
      await stranger.open(`${product.issuer}${path}`, init);
      expect([path, stranger.page.status]).toEqual([path, 400]);
    }
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'authorization_pending' });
  });

  it('lets nothing in by a form from elsewhere: the form carries the session’s secret (§5.4)', async () => {
    const device = await begin();
    const phone = await typeCode(device.user_code);
    const answer = await phone.fetch(`${product.issuer}/device`, {
      method: 'POST',
      body: new URLSearchParams({ user_code: device.user_code, confirm: 'yes', xsrf: 'made-up' }),
    });
    expect(answer.status).toBe(400);
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: 'authorization_pending' });
  });
});

describe('the sandbox’s kiosk', () => {
  it('goes the whole way without a script', async () => {
    const machine = new Visitor();
    await machine.open(`${product.sandbox}/kiosk`);
    await machine.submit('form-start');
    const href = /id="link-device" href="([^"]+)"/.exec(machine.page.html)?.[1] ?? '';
    expect(machine.page.headers.get('refresh')).toBe('5');
    const phone = new Visitor();
    await phone.open(href);
    await phone.submit('form-device-code');
    await phone.submit('form-device-confirm', { confirm: 'yes' });
    await signInWithZalo(phone, 'duom');
    await agree(phone);
    product.travel(6);
    await machine.open(machine.page.url);
    expect(machine.text).toContain('Xin chào Đượm');
  });
});
