/** The citizen's side of a visit to a desk, and the page that checks a proof slip; see samples.ts. */
import { accountDeskPage } from '../../views/account-desk.ts';
import { slipCheckPage } from '../../views/slip-check.ts';
import type { Sample } from './samples.ts';

export const SLIP_HREF = '/assets/slip.js';

const base = '/account/desk/Vb3nQ0vJ6q2m8m1yJm0B3w';
const steps = [
  { step: 'ask' },
  { step: 'number', number: '4821' },
  { step: 'wait' },
  { step: 'pin', error: 'Hai lần gõ chưa giống nhau.' },
  { step: 'set' },
  { step: 'refused' },
] as const;
const facts = [
  { label: 'Cách xác minh', value: 'Đọc chip căn cước, cán bộ nhìn mặt tại quầy' },
  { label: 'Nơi xác minh', value: 'Phường Tân Ninh' },
  { label: 'Ngày xác minh', value: '21/11/2026' },
  { label: 'Có giá trị đến hết ngày', value: '15/03/2030' },
];

export const DESK_SAMPLES: Sample[] = [
  ...steps.map(
    (now): Sample => ({
      name: `account-desk-${now.step}`,
      shows: 'accountDeskPage',
      render: (page, text) =>
        accountDeskPage({
          page,
          where: text('Phường Tân Ninh'),
          base: text(base),
          accountHref: '/account',
          now: now.step === 'number' ? { ...now, number: text(now.number) } : now,
        }),
    }),
  ),
  {
    name: 'slip',
    shows: 'slipCheckPage',
    render: (page) => slipCheckPage({ page, action: '/slip', scriptHref: SLIP_HREF }),
  },
  ...(['holds', 'ended', 'unknown'] as const).map(
    (outcome): Sample => ({
      name: `slip-${outcome}`,
      shows: 'slipCheckPage',
      render: (page, text) =>
        slipCheckPage({
          page,
          action: '/slip',
          result: {
            outcome,
            facts: outcome === 'unknown' ? [] : facts.map((one) => ({ ...one, value: text(one.value) })),
          },
        }),
    }),
  ),
];
