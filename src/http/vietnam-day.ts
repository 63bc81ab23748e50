/** Days as clocks in Viet Nam have them, as `YYYY-MM-DD`: UTC+7 the whole year, no summer time. */
const ZONE_MS = 7 * 3600 * 1000;
const DAY_MS = 24 * 3600 * 1000;

export function dayInVietnam(time: Date): string {
  return new Date(time.getTime() + ZONE_MS).toISOString().slice(0, 10);
}

/** The first moment of a day. */
export function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00+07:00`);
}

/** So many days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whether a text is a day of this calendar and this millennium. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^2\d{3}-\d\d-\d\d$/.test(text)) return false;
  return !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
}
