/** The sentences of PIN and passkey, in Vietnamese; how they are said stands in vi.ts. */
export const factors = {};
