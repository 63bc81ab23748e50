/** The sentences of notices to citizens, in English. */
import type { notices as source } from './vi-notices.ts';

export const notices: typeof source = {};
