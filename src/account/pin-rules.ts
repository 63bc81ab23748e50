/**
 * What a PIN may not be: what somebody who knows the person, or nobody at all, would try first. Six digits are a
 * million choices; people choose a few hundred of them, and these are refused, each with its reason.
 */
export type PinFault =
  | 'not_six_digits'
  | 'repeated'
  | 'in_order'
  | 'birth_date'
  | 'phone'
  | 'personal_number';

/** What is known of the person; each may be missing. */
export type Known = {
  /** `YYYY-MM-DD`. */
  birthDate?: string | undefined;
  /** Digits, with or without the country's number in front. */
  phone?: string | undefined;
  personalNumber?: string | undefined;
};

/** Why a PIN is refused; undefined when it is good. */
export function findPinFault(pin: string, known: Known): PinFault | undefined {
  if (!/^\d{6}$/.test(pin)) return 'not_six_digits';
  if (isRepeated(pin)) return 'repeated';
  if (isInOrder(pin)) return 'in_order';
  if (known.birthDate && datesOf(known.birthDate).has(pin)) return 'birth_date';
  if (known.phone && isPartOf(pin, known.phone)) return 'phone';
  if (known.personalNumber && isPartOf(pin, known.personalNumber)) return 'personal_number';
  return undefined;
}

/** One digit, a pair or a triple over and over, or two digits only: 111111, 121212, 123123, 112211. */
function isRepeated(pin: string): boolean {
  return new Set(pin).size <= 2 || pin.slice(0, 3) === pin.slice(3) || pin === pin.slice(0, 2).repeat(3);
}

/** Up or down by one step, or in pairs or triples: 123456, 987654, 112233, 135790 is none. The nine goes on to zero. */
function isInOrder(pin: string): boolean {
  const single = isRun([...pin]);
  const pairs = pin[0] === pin[1] && pin[2] === pin[3] && pin[4] === pin[5];
  return single || (pairs && isRun([pin[0] ?? '', pin[2] ?? '', pin[4] ?? '']));
}

function isRun(digits: readonly string[]): boolean {
  const steps = digits.slice(1).map((digit, at) => (Number(digit) - Number(digits[at]) + 10) % 10);
  return steps.every((step) => step === 1) || steps.every((step) => step === 9);
}

/** Every usual way to write a day in six digits. */
function datesOf(birthDate: string): Set<string> {
  const [year = '', month = '', day = ''] = birthDate.split('-');
  if (!/^\d{4}$/.test(year)) return new Set();
  const short = year.slice(2);
  return new Set([
    ...[day + month + short, month + day + short, short + month + day, short + day + month],
    ...[month + year, year + month, day + year, year + day],
  ]);
}

/** Six digits in a row of a longer number, either way round. */
function isPartOf(pin: string, number: string): boolean {
  const digits = number.replace(/\D/g, '');
  return digits.includes(pin) || [...digits].reverse().join('').includes(pin);
}
