/** The sentences of the account pages, in English. */
import type { account as source } from './vi-account.ts';

export const account: typeof source = {};
