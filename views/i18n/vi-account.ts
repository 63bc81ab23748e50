/** The sentences of the account pages, in Vietnamese; how they are said stands in vi.ts. */
export const account = {};
