/** The sentences of notices to citizens, in Vietnamese; how they are said stands in vi.ts. */
export const notices = {};
