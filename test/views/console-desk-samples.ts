/** The desk, two accounts of one person, and second looks; see console-samples.ts. */
import { drawQr } from '../../src/http/qr.ts';
import {
  type ConsoleVisitProps,
  consoleDeskPage,
  consoleVisitPage,
  type PersonProps,
  type VisitStep,
} from '../../views/console-desk.ts';
import { consoleDuplicatePage, consoleDuplicatesPage } from '../../views/console-duplicates.ts';
import { consoleReAuditPage, consoleReAuditsPage } from '../../views/console-re-audits.ts';
import type { ConsoleSample } from './console-samples.ts';

type Text = (value: string) => string;

const at = '14:05 ngày 21/11/2026';
const base = '/console/desk/0b8b6a52-0d9f-4f6e-9d2c-3c1f5f0a7a11';
const href = 'https://id.tayninh.example/account/desk/Vb3nQ0vJ6q2m8m1yJm0B3w';
const why = 'Số điện thoại, hoặc căn cước, chưa đúng.';

const person = (text: Text): PersonProps => ({
  facts: [
    { label: 'Họ tên trên chip', value: text('Nguyễn Hoàng Thị Phương Thảo') },
    { label: 'Số định danh', value: text('072 185 000 102') },
    { label: 'Ngày sinh', value: '02/11/1985' },
    { label: 'Có giá trị đến hết ngày', value: '01/11/2035' },
    { label: 'Tên trên Zalo', value: text('Thảo Tây Ninh 🌻') },
  ],
  checks: [
    { name: 'Dữ liệu trong chip', says: 'Do cơ quan nhà nước ký, chưa bị sửa.', mark: 'pass' },
    { name: 'Con chip', says: 'Chip không trả lời. Có thể là bản chép.', mark: 'warn' },
    { name: 'Người thứ hai', says: 'Chưa đồng ý.', mark: 'wait' },
  ],
});

const steps = (text: Text): Record<string, VisitStep> => ({
  account: { step: 'account', base, phones: true, signsIn: false },
  code: { step: 'account', base, phones: true, signsIn: false, codeLead: text('Mã dùng được đến 14:10.') },
  'signs-in': { step: 'account', base, phones: false, signsIn: true },
  link: { step: 'link', base, qr: drawQr(href), href: text(href), lead: text('Mã dùng được đến 14:15.') },
  answered: { step: 'answered', base, number: text('4821') },
  card: { step: 'card', base, refused: text('Chip này không được chấp nhận.') },
  reading: { step: 'reading', base, code: text('K7QF2-M9XTB'), readerHref: 'http://127.0.0.1:7272/read' },
  face: { step: 'face', base, person: person(text) },
  second: {
    step: 'second',
    person: person(text),
    lead: text('Một cán bộ khác đăng nhập trên máy của mình.'),
  },
  decide: { step: 'decide', base, person: person(text), lead: text('Phan Thị Hạnh đã nhìn mặt.') },
  good: {
    step: 'end',
    good: true,
    says: 'Đã xác minh.',
    next: text('Đặt mã PIN.'),
    slipAction: `${base}/slip`,
  },
  slip: { step: 'end', good: true, says: 'Đã xác minh.', slipHref: `${base}/slip` },
  bad: { step: 'end', good: false, says: text('Không xác minh được.') },
});

const progress = (text: Text): ConsoleVisitProps['steps'] => [
  { label: 'Tài khoản', state: 'done', note: text('Nhận ra bằng số điện thoại') },
  { label: 'Đọc căn cước', state: 'now' },
  { label: 'Đối chiếu', state: 'later' },
  { label: 'Người thứ hai', state: 'later' },
];

const rows = (text: Text) => [
  { label: 'Tên trên Zalo', holder: 'không có', claimant: text('Nguyễn V. A.'), same: false },
  { label: 'Số định danh', holder: '••• ••• ••• 101', claimant: 'không có', same: false },
  { label: 'Lập ngày', holder: '21/11/2026', claimant: '21/11/2026', same: true },
];

export const CONSOLE_DESK_SAMPLES: ConsoleSample[] = [
  {
    name: 'console-desk',
    shows: 'consoleDeskPage',
    render: (page, text) =>
      consoleDeskPage({
        page,
        start: { action: '/console/desk', communes: [{ value: '99001', label: text('Phường Tân Ninh') }] },
        waiting: [{ text: text(`Phan Thị Hạnh đã đối chiếu lúc ${at}, Phường Tân Ninh.`), href: base }],
        mine: [
          { text: text(`Tiếp lúc ${at}`), state: 'Chờ người thứ hai', href: base },
          { text: `Tiếp lúc 08:12 ngày 20/11/2026`, state: 'Đã xác minh', href: base },
        ],
        done: 'Đã dừng lần tiếp.',
      }),
  },
  {
    name: 'console-desk-empty',
    shows: 'consoleDeskPage',
    render: (page, text) =>
      consoleDeskPage({
        page,
        start: { action: '/console/desk', communes: [] },
        ...{ waiting: [], mine: [], error: text(why) },
      }),
  },
  ...Object.keys(steps(String)).map(
    (name): ConsoleSample => ({
      name: `console-visit-${name}`,
      shows: 'consoleVisitPage',
      render: (page, text) =>
        consoleVisitPage({
          page,
          title: 'Tiếp công dân lúc 14:05',
          where: text('Phường Tân Ninh'),
          steps: progress(text),
          now: steps(text)[name] as VisitStep,
          listHref: '/console/desk',
          cancelAction: `${base}/cancel`,
        }),
    }),
  ),
  {
    name: 'console-duplicates',
    shows: 'consoleDuplicatesPage',
    render: (page, text) =>
      consoleDuplicatesPage({
        page,
        lines: [
          { text: text(`Mở lúc ${at}`), note: 'Chờ người phụ trách thứ hai', href: '/console/duplicates/x' },
          { text: `Mở lúc ${at}`, href: '/console/duplicates/y' },
        ],
        nextHref: '/console/duplicates?after=x',
      }),
  },
  {
    name: 'console-duplicates-none',
    shows: 'consoleDuplicatesPage',
    render: (page) => consoleDuplicatesPage({ page, lines: [] }),
  },
  ...(['ask', 'compared', 'decided'] as const).map(
    (name): ConsoleSample => ({
      name: `console-duplicate-${name}`,
      shows: 'consoleDuplicatePage',
      render: (page, text) =>
        consoleDuplicatePage({
          page,
          opened: text(`Mở lúc ${at}`),
          listHref: '/console/duplicates',
          action: '/console/duplicates/x',
          ...(name === 'decided' ? { decided: text('Đã quyết định: bên đang xác minh giữ nguyên.') } : {}),
          ...(name === 'compared'
            ? { compared: { rows: rows(text) }, decideAction: '/console/duplicates/x/decide' }
            : {}),
          proposals:
            name === 'compared'
              ? [
                  {
                    text: text('Vương Thị Liên đề nghị: bên mới được xác minh.'),
                    action: '/console/duplicates/x/proposals/y',
                    ...{ mayAgree: true, own: false },
                  },
                ]
              : [],
        }),
    }),
  ),
  {
    name: 'console-re-audits',
    shows: 'consoleReAuditsPage',
    render: (page, text) =>
      consoleReAuditsPage({
        page,
        mine: [{ text: text('Xem trước ngày 28/11/2026'), href: '/console/re-audits/x' }],
        objections: [{ text: text('Người xem lại không đồng ý.'), href: '/console/re-audits/y' }],
      }),
  },
  {
    name: 'console-re-audit',
    shows: 'consoleReAuditPage',
    render: (page) =>
      consoleReAuditPage({ page, listHref: '/console/re-audits', action: '/console/re-audits/x' }),
  },
  {
    name: 'console-re-audit-look',
    shows: 'consoleReAuditPage',
    render: (page, text) =>
      consoleReAuditPage({
        ...{ page, listHref: '/console/re-audits', action: '/console/re-audits/x' },
        person: person(text),
        answerAction: '/console/re-audits/x/answer',
      }),
  },
  {
    name: 'console-re-audit-settle',
    shows: 'consoleReAuditPage',
    render: (page, text) =>
      consoleReAuditPage({
        ...{ page, listHref: '/console/re-audits', action: '/console/re-audits/x' },
        person: 'gone',
        objected: text('Người xem lại không đồng ý: không giống ảnh.'),
        settleAction: '/console/re-audits/x/settle',
      }),
  },
];
