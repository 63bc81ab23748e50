/** A signature beside a file: made in parts of any size, checked by another library, and good for this file alone. */
import fc from 'fast-check';
import { exportJWK, flattenedVerify, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { DetachedSigner, verifyDetached } from '../../src/oidc/detached-jws.ts';

let key: JWK;
let open: JWK;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = { ...(await exportJWK(pair.privateKey)), kid: 'k1', alg: 'ES256' };
  open = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' };
});

function sign(parts: readonly Uint8Array[], typ = 'test'): string {
  const signer = new DetachedSigner(key, { typ, iat: 1_795_000_000 });
  for (const part of parts) signer.update(part);
  return signer.finish();
}

const verify = (jws: string, file: Uint8Array, keys: JWK[] = [open]) =>
  verifyDetached(jws, file, { keys: { keys: keys as never }, typ: 'test' });

describe('a signature beside a file', () => {
  it('is RFC 7515, Appendix F, however the file was cut', async () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(parts, async (given) => {
        const file = Buffer.concat(given);
        const [header = '', nothing, signature = ''] = sign(given).split('.');
        expect(nothing).toBe('');
        const payload = file.toString('base64url');
        await flattenedVerify({ protected: header, payload, signature }, open);
      }),
      { numRuns: 50 },
    );
  });

  it('holds for this file, this key and this purpose only', async () => {
    const file = Buffer.from('seq,time\r\n1,x\r\n');
    const jws = sign([file]);
    expect(await verify(jws, file)).toEqual({ ok: true, kid: 'k1', signedAt: new Date(1_795_000_000_000) });
    expect(await verify(jws, Buffer.from('seq,time\r\n2,x\r\n'))).toEqual({ ok: false, reason: 'changed' });
    expect(await verify(jws, file, [{ ...open, kid: 'k2' }])).toEqual({ ok: false, reason: 'unknown_key' });
    const other = await exportJWK((await generateKeyPair('ES256')).publicKey);
    expect(await verify(jws, file, [{ ...other, kid: 'k1' }])).toEqual({ ok: false, reason: 'changed' });
    expect(await verify(sign([file], 'other'), file)).toEqual({ ok: false, reason: 'not_a_signature' });
  });

  it.each(['', 'x', 'a.b.c', '..', 'e30..x', `${Buffer.from('{').toString('base64url')}..x`])(
    'is not %j',
    async (jws) => {
      expect(await verify(jws, Buffer.from('x'))).toEqual({ ok: false, reason: 'not_a_signature' });
    },
  );

  it('without a signature algorithm is none', async () => {
    const header = Buffer.from('{"alg":"none","kid":"k1","typ":"test","iat":1}').toString('base64url');
    expect(await verify(`${header}..eA`, Buffer.from('x'))).toEqual({ ok: false, reason: 'changed' });
  });
});
