import { en } from './i18n/en.ts';
import { type Messages, vi } from './i18n/vi.ts';

export type Lang = 'vi' | 'en';

/** Every sentence of the citizens' pages in one language. The routes take the scope texts from here too. */
export function messagesFor(lang: Lang): Messages {
  return lang === 'en' ? en : vi;
}
