/** Points in time: ASN.1 UTCTime and GeneralizedTime (X.680 §46–47, RFC 5280 §4.1.2.5), and calendar days. */

import { type BerElement, BerError, contentOf } from './ber.ts';

const timePattern = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:[.,]\d+)?(Z|[+-]\d{4})?$/;

/**
 * Reads a time as milliseconds since 1970. The number of year digits follows from the length rather than from the
 * tag, because private-key usage periods (implicit tags) and signing times are met in both forms.
 */
export function readTime(element: BerElement): number {
  const content = contentOf(element);
  const match = content.length > 30 ? null : timePattern.exec(Buffer.from(content).toString('latin1'));
  if (!match) throw new BerError('no time');
  const [, year = '', month, day, hour, minute, second = '0', zone = 'Z'] = match;
  // RFC 5280 §4.1.2.5.1: two digits from 50 on are of the last century.
  const fullYear = year.length === 4 ? Number(year) : Number(year) + (Number(year) >= 50 ? 1900 : 2000);
  const time = Date.UTC(
    fullYear,
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const sameDay = new Date(time);
  if (sameDay.getUTCMonth() !== Number(month) - 1 || Number(hour) > 23 || Number(minute) > 59) {
    throw new BerError('no such time');
  }
  if (zone === 'Z') return time;
  const offset = (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5))) * 60_000;
  return zone.startsWith('+') ? time - offset : time + offset;
}

// Asia/Ho_Chi_Minh has been UTC+7 without daylight saving since 1975.
const vietnamOffset = 7 * 3_600_000;
export const dayLength = 86_400_000;

/** The calendar day in Viet Nam, `YYYY-MM-DD`. */
export function vietnamDay(time: number): string {
  return new Date(time + vietnamOffset).toISOString().slice(0, 10);
}

/** The first millisecond of a day `YYYY-MM-DD` in Viet Nam; `undefined` if there is no such day. */
export function startOfVietnamDay(day: string): number | undefined {
  const time = Date.parse(`${day}T00:00:00Z`);
  if (!Number.isFinite(time) || new Date(time).toISOString().slice(0, 10) !== day) return undefined;
  return time - vietnamOffset;
}
