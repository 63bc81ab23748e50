/** The sentences of the step out of the Mini App, in English. */
import type { miniApp as source } from './vi-mini-app.ts';

export const miniApp: typeof source = {};
