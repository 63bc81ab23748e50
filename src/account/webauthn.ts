/**
 * The library of passkeys, read when somebody first has to do with one: with what it brings to judge the makers of keys, of
 * whom we never ask, it is a tenth of what a start would read, and 4 MiB.
 */
export async function webAuthn() {
  const [server, { decodeAttestationObject }] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ]);
  return { ...server, decodeAttestationObject };
}
