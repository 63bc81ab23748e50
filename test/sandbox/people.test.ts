import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { findPerson, people } from '../../src/sandbox/people.ts';
import { faults } from '../../src/sandbox/zalo-faults.ts';

const broken = ['so-thieu', 'so-sai'];

test('every Zalo id and every slug is its own, and no id survives a Number', () => {
  expect(new Set(people.map(({ id }) => id)).size).toBe(people.length);
  expect(new Set(people.map(({ zaloId }) => zaloId)).size).toBe(people.length);
  for (const { zaloId } of people) expect(String(Number(zaloId))).not.toBe(zaloId);
});

test('numbers say province, century, sex and year of birth (Decree 137/2015)', () => {
  for (const { id, personalNumber, birthDate } of people) {
    if (broken.includes(id)) continue;
    expect(personalNumber, id).toMatch(/^0(72|80)[0-3]\d{8}$/);
    expect(Math.floor(Number(personalNumber[3]) / 2), id).toBe(Number(birthDate.slice(0, 2)) - 19);
    expect(personalNumber.slice(4, 6), id).toBe(birthDate.slice(2, 4));
  }
});

test('one person with two Zalo accounts, twins who are two', () => {
  const [an, second, toan, tuan] = ['an', 'an-2', 'toan', 'tuan'].map(findPerson);
  expect(second).toMatchObject({ personalNumber: an?.personalNumber, vneidId: an?.vneidId });
  expect(second?.zaloId).not.toBe(an?.zaloId);
  expect(toan?.birthDate).toBe(tuan?.birthDate);
  expect(toan?.personalNumber).not.toBe(tuan?.personalNumber);
  const holders = new Map(people.map(({ personalNumber, vneidId }) => [personalNumber, vneidId]));
  for (const { personalNumber, vneidId } of people) expect(holders.get(personalNumber)).toBe(vneidId);
});

test('phones are Vietnamese mobile numbers as Zalo writes them', () => {
  for (const { phone } of people)
    if (phone) expect(phone).toMatch(/^84(3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-9])\d{7}$/);
});

test('the guide names every person and every fault', async () => {
  const guide = await readFile(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
  for (const { id } of people) expect(guide).toContain(`\`${id}\``);
  for (const name of faults.keys()) expect(guide).toContain(`\`${name}\``);
});
