/** The sentences of PIN and passkey, in English. */
import type { factors as source } from './vi-factors.ts';

export const factors: typeof source = {};
