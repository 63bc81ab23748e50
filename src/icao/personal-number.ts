/**
 * The 12-digit personal number (số định danh cá nhân) and what its digits say.
 *
 * Source: Decree 137/2015/NĐ-CP art. 13 and Circular 59/2021/TT-BCA art. 4: three digits for the province or
 * country where the birth was registered, one for century and sex, two for the birth year, six random. There is
 * no check digit, so a well-formed number proves nothing about its existence. The birth-registration code is not
 * a residence: it must never decide whose citizen somebody is.
 */

export type PersonalNumber = {
  /** All 12 digits. */
  number: string;
  /** Birth-registration code, three digits: `072` is the old Tây Ninh, `080` Long An, 101 and above are countries. */
  provinceCode: string;
  sex: 'male' | 'female';
  /** Four digits, 1900–2399. */
  birthYear: number;
};

// The 63 codes in use when numbers were first given. The merger of 2025 changes no number, so the list is closed.
const provinceCodes = new Set(
  (
    '001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 ' +
    '040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 ' +
    '083 084 086 087 089 091 092 093 094 095 096'
  ).split(' '),
);

// Countries of birth are numbered from 101 (annex of Circular 07/2016/TT-BCA). The annex grows with the world's
// states and was not re-read, so any code from 101 on is taken.
const firstForeignCode = 101;

/**
 * Reads a personal number.
 *
 * @param text exactly 12 ASCII digits; spaces or other decoration are refused, the caller trims.
 * @returns the parts, or `undefined` if the text is no personal number.
 */
export function parsePersonalNumber(text: string): PersonalNumber | undefined {
  const digits = /^(\d{3})(\d)(\d{2})\d{6}$/.exec(text);
  if (!digits || digits[0].length !== text.length) return undefined;
  const [number, provinceCode, centuryAndSex, year] = digits;
  if (!provinceCode || !centuryAndSex || !year) return undefined;
  if (!provinceCodes.has(provinceCode) && Number(provinceCode) < firstForeignCode) return undefined;
  const digit = Number(centuryAndSex);
  return {
    number,
    provinceCode,
    // 0/1 = man/woman of the 1900s, 2/3 of the 2000s, … 8/9 of the 2300s.
    sex: digit % 2 === 0 ? 'male' : 'female',
    birthYear: 1900 + Math.floor(digit / 2) * 100 + Number(year),
  };
}
