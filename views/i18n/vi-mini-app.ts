/** The sentences of the step out of the Mini App, in Vietnamese; how they are said stands in vi.ts. */
export const miniApp = {};
