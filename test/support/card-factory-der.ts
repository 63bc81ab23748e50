/** DER by hand. */
export * from '../../src/sandbox/card-der.ts';
