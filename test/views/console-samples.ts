/** Every page of the console with props as a route would give them. `text` wraps what comes from outside, as in samples.ts. */
import { drawQr } from '../../src/http/qr.ts';
import { consoleCaseClosedPage, consoleCasePage } from '../../views/console-case.ts';
import { consoleHomePage } from '../../views/console-home.ts';
import type { ConsolePageProps } from '../../views/console-layout.ts';
import {
  consoleLinkPage,
  consoleNewOfficerPage,
  consoleOfficerPage,
  consoleOfficersPage,
} from '../../views/console-officers.ts';
import { consoleNewFactorPage, consoleOwnPage } from '../../views/console-own.ts';
import { consoleQueuePage } from '../../views/console-queue.ts';
import { consoleConfirmPage, consoleFactorPage, consoleSignInPage } from '../../views/console-sign-in.ts';
import { consoleGonePage, consoleWelcomePage } from '../../views/console-welcome.ts';
import { CONSOLE_DESK_SAMPLES } from './console-desk-samples.ts';
import { BOOK_SAMPLES } from './console-samples-books.ts';
import { LOOKING_SAMPLES } from './console-samples-looking.ts';

export type ConsoleSample = {
  name: string;
  shows: string;
  /** Without anybody signed in. */
  outside?: boolean;
  /** In KiB, where it may be larger than other pages: a chart with the table of its days. */
  largest?: number;
  render: (page: ConsolePageProps, text: (value: string) => string) => string;
};

export const PASSKEY_HREF = '/assets/console-passkey.js';

const officerName = 'Nguyễn Hoàng Thị Phương Thảo';
const at = '14:05 ngày 21/11/2026';
const link = 'https://id.tayninh.example/console/invitation/Vb3nQ0vJ6q2m8m1yJm0B3lq5nP7r9t1v3x5z7B9D1F3';
const recent = [
  { what: 'Đăng nhập.', when: at },
  { what: 'Có người gõ sai mật khẩu hoặc mã.', when: '08:12 ngày 20/11/2026' },
];
const withPasskey = { code: true, passkey: { options: '{"challenge":"x"}', scriptHref: PASSKEY_HREF } };
const newFactor = {
  qr: drawQr('otpauth://totp/T%C3%A2y%20Ninh%20ID:thao?issuer=T%C3%A2y%20Ninh%20ID&secret=JBSWY3DPEHPK3PXP'),
  secret: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PX2',
  sealed: 'AbCdEf',
  passkey: { options: '{"challenge":"x"}', scriptHref: PASSKEY_HREF },
};

/** Where test/views/console.test.ts serves a face. */
export const FACE_HREF = '/face.jpg';

const queueLine = (text: (value: string) => string, change = {}) => ({
  href: text('/console/cases/x'),
  code: '7F3A91C2',
  waited: '3 ngày',
  when: at,
  why: text('Tên khác tên trên Zalo'),
  method: 'Đọc chip căn cước',
  where: text('Phường Tân Ninh'),
  hasPhoto: true,
  state: text('Hồ Nhật Quang đang xem'),
  taken: false,
  ...change,
});
const filters = (text: (value: string) => string) => [
  {
    name: 'Vì sao cần cán bộ',
    options: [
      { label: 'Tất cả', href: '/console/cases', chosen: false },
      { label: 'Cần so khuôn mặt', href: text('/console/cases?reason=needs_officer'), chosen: true },
      { label: 'Tên khác tên trên Zalo', href: '/console/cases?reason=name_differs', chosen: false },
    ],
  },
  {
    name: 'Đã chờ',
    options: [
      { label: 'Tất cả', href: '/console/cases', chosen: true },
      { label: 'hơn 1 ngày', href: '/console/cases?age=1', chosen: false },
      { label: 'hơn 7 ngày', href: '/console/cases?age=7', chosen: false },
    ],
  },
  {
    name: 'Xã, phường',
    many: true,
    options: [
      { label: 'Tất cả', href: '/console/cases', chosen: true },
      { label: text('Phường Tân Ninh'), href: '/console/cases?commune=99001', chosen: false },
    ],
  },
];
const reasonsOf = (outcome: string, labels: string[], disabled = false) =>
  labels.map((label, index) => ({ value: `${outcome}:${index}`, label, disabled }));
const outcomes = (disabled = false) => [
  {
    name: 'Duyệt',
    reasons: reasonsOf(
      'approve',
      ['Hai ảnh là một người', 'Hai ảnh là một người, tên Zalo là biệt danh'],
      disabled,
    ),
  },
  {
    name: 'Hỏi lại',
    reasons: reasonsOf('ask', [
      'Xin chụp ảnh khuôn mặt',
      'Xin chụp lại, ảnh chưa rõ',
      'Xin đọc thẻ lại, ảnh trong chip không xem được',
      'Mời ra xã, cần gặp mặt',
    ]),
  },
  {
    name: 'Từ chối',
    reasons: reasonsOf('reject', [
      'Hai ảnh không phải một người',
      'Ảnh chụp lại từ giấy hay màn hình',
      'Nghi dùng thẻ của người khác',
    ]),
  },
];
const rows = (text: (value: string) => string) => [
  { what: 'Ngày sinh', card: '24/12/1995', known: '' },
  { what: 'Giới tính', card: 'Nữ', known: '' },
  { what: 'Thẻ có giá trị đến', card: '24/12/2035', known: '' },
  { what: 'Nơi cư trú', card: text('Số 0 đường Thử Nghiệm, phường Tân Ninh, Tây Ninh'), known: '' },
  { what: 'Số điện thoại', card: '', known: '0•• ••• •107' },
  { what: 'Tài khoản', card: '', known: 'có từ 02/03/2024; Zalo dùng gần nhất 21/11/2026' },
];
const checkLines = (text: (value: string) => string) => [
  { name: 'Dữ liệu thật', state: 'pass' as const, means: text('Nhà nước đã ký dữ liệu trong chip.') },
  { name: 'Thẻ thật', state: 'caution' as const, means: 'Chip trả lời câu hỏi của điện thoại.' },
  { name: 'Chữ ký còn hiệu lực', state: 'fail' as const, means: 'Chứng thư đã bị thu hồi.' },
  { name: 'Đúng người cầm thẻ', state: 'open' as const, means: 'Chưa ai xem mặt.' },
];

const roleChoices = (text: (value: string) => string) => [
  {
    value: 'reviewer',
    label: text('Cán bộ duyệt hồ sơ'),
    hint: 'Xem xét và quyết định hồ sơ.',
    chosen: true,
  },
  { value: 'auditor', label: 'Cán bộ kiểm tra', hint: 'Chỉ xem.', chosen: false },
];
const communes = (text: (value: string) => string) => ({
  wholeProvince: true,
  list: ['Phường Tân Ninh', 'Phường Long Hoa', 'Xã Đức Hòa', 'Xã Mỹ Hạnh', 'Phường Trảng Bàng'].map(
    (label, index) => ({ value: String(99001 + index), label: text(label), chosen: index === 1 }),
  ),
});

export const CONSOLE_SAMPLES: ConsoleSample[] = [
  ...BOOK_SAMPLES,
  ...CONSOLE_DESK_SAMPLES,
  {
    name: 'console-sign-in',
    shows: 'consoleSignInPage',
    outside: true,
    render: (page, text) => consoleSignInPage({ page, to: text('/console/officers') }),
  },
  {
    name: 'console-sign-in-wrong',
    shows: 'consoleSignInPage',
    outside: true,
    render: (page, text) =>
      consoleSignInPage({ page, to: '/console', login: text('thao'), error: text('Chưa đúng.') }),
  },
  {
    name: 'console-factor',
    shows: 'consoleFactorPage',
    outside: true,
    render: (page, text) => consoleFactorPage({ page, to: text('/console'), factor: withPasskey }),
  },
  {
    name: 'console-factor-passkey-only',
    shows: 'consoleFactorPage',
    outside: true,
    render: (page) => consoleFactorPage({ page, to: '/console', factor: { ...withPasskey, code: false } }),
  },
  {
    name: 'console-confirm',
    shows: 'consoleConfirmPage',
    render: (page, text) =>
      consoleConfirmPage({
        page,
        factor: { code: true },
        action: '/console/officers',
        carried: text('AbCd'),
        error: text('Chưa đúng.'),
      }),
  },
  {
    name: 'console-welcome',
    shows: 'consoleWelcomePage',
    outside: true,
    render: (page, text) =>
      consoleWelcomePage({
        page,
        kind: 'invitation',
        name: text(officerName),
        login: text('thao.nguyen@tayninh.example'),
        role: text('Cán bộ duyệt hồ sơ'),
        action: text('/console/invitation/x'),
        asksNumber: true,
        newFactor,
        error: text('Mật khẩu này dễ đoán.'),
      }),
  },
  {
    name: 'console-gone',
    shows: 'consoleGonePage',
    outside: true,
    render: (page) => consoleGonePage({ page }),
  },
  {
    name: 'console-home',
    shows: 'consoleHomePage',
    render: (page, text) =>
      consoleHomePage({
        page,
        name: text(officerName),
        waiting: [
          {
            title: text('Hồ sơ đang chờ'),
            text: 'Lâu nhất từ hôm qua.',
            href: text('/console/queue'),
            count: '12',
          },
          { title: 'Mới có một lớp bảo vệ thứ hai', text: 'Thêm một khóa bảo mật.', href: '/console/own' },
        ],
        recent,
      }),
  },
  {
    name: 'console-home-calm',
    shows: 'consoleHomePage',
    render: (page) => consoleHomePage({ page, name: 'Đượm', waiting: [], recent }),
  },
  {
    name: 'console-queue',
    shows: 'consoleQueuePage',
    render: (page, text) =>
      consoleQueuePage({
        page,
        lead: text(`128 hồ sơ đang chờ, lâu nhất từ ${at}.`),
        next: { action: '/console/cases/next', fields: { reason: text('needs_officer') } },
        held: [queueLine(text)],
        undoable: [
          {
            href: '/console/cases/y',
            code: '0B5D77E1',
            what: text('Duyệt: Hai ảnh là một người. Còn sửa được đến 14:07.'),
            undoAction: '/console/decisions/y/undo',
          },
        ],
        filters: filters(text),
        filtered: true,
        cases: [
          queueLine(text, { taken: true }),
          queueLine(text, { waited: '26 giờ', state: 'Chưa ai nhận', hasPhoto: false }),
          queueLine(text, { waited: '40 phút', why: 'Cần so khuôn mặt', state: 'Mình đang giữ' }),
        ],
        nextHref: text('/console/cases?after=1_x'),
      }),
  },
  {
    name: 'console-queue-empty',
    shows: 'consoleQueuePage',
    render: (page, text) =>
      consoleQueuePage({
        page,
        lead: 'Không có hồ sơ nào đang chờ.',
        error: text('Không còn hồ sơ nào chờ.'),
        held: [],
        undoable: [],
        filters: filters(text),
        filtered: false,
        cases: [],
      }),
  },
  {
    name: 'console-case',
    shows: 'consoleCasePage',
    render: (page, text) =>
      consoleCasePage({
        page,
        code: '7F3A91C2',
        lead: text(`Gửi lúc ${at}. Mình đang giữ, đến 14:20.`),
        queueHref: '/console/cases',
        releaseAction: text('/console/cases/x/release'),
        portraitHref: FACE_HREF,
        photoHref: text(FACE_HREF),
        names: {
          card: [
            { text: text('Nguyễn'), same: false },
            { text: 'Thị Ly', same: false },
            { text: 'Na', same: true },
          ],
          known: [
            { text: text('Bé'), same: false },
            { text: 'Na', same: true },
          ],
          differ: [text('Bé')],
        },
        number: '••• ••• ••• 107',
        revealAction: text('/console/cases/x/reveal'),
        rows: rows(text),
        checks: checkLines(text),
        heldByAnother: true,
        related: [
          {
            what: 'Xác minh (Đọc chip căn cước)',
            status: text('Từ chối · Hai ảnh không phải một người'),
            when: '02/11/2026',
            by: 'cùng tài khoản',
          },
        ],
        decide: {
          action: text('/console/cases/x/decide'),
          photo: text('abc'),
          outcomes: outcomes(),
          note: text('Đã xem kỹ.'),
          chosen: 'approve:0',
        },
      }),
  },
  {
    name: 'console-case-without-photo',
    shows: 'consoleCasePage',
    render: (page, text) =>
      consoleCasePage({
        page,
        error: text('Chưa có ảnh của bà con nên chưa duyệt từ xa được. Hãy hỏi lại.'),
        code: '7F3A91C2',
        lead: `Gửi lúc ${at}.`,
        queueHref: '/console/cases',
        releaseAction: '/console/cases/x/release',
        names: { card: [{ text: 'Đượm', same: true }], known: [], differ: [] },
        number: '072 179 000 106',
        rows: rows(text),
        checks: checkLines(text),
        heldByAnother: false,
        related: [],
        decide: { action: '/console/cases/x/decide', photo: '', outcomes: outcomes(true), note: '' },
      }),
  },
  {
    name: 'console-case-free',
    shows: 'consoleCaseClosedPage',
    render: (page, text) =>
      consoleCaseClosedPage({
        page,
        code: '7F3A91C2',
        lead: text(`Gửi lúc ${at}.`),
        queueHref: '/console/cases',
        state: text('Hồ sơ đang chờ. Nhận rồi mới xem được bên trong.'),
        facts: [
          { label: 'Cách xác minh', value: 'Đọc chip căn cước' },
          { label: 'Xã, phường', value: text('Phường Tân Ninh') },
        ],
        takeAction: text('/console/cases/x/take'),
      }),
  },
  {
    name: 'console-case-decided',
    shows: 'consoleCaseClosedPage',
    render: (page, text) =>
      consoleCaseClosedPage({
        page,
        done: text('Đã ghi quyết định'),
        code: '7F3A91C2',
        lead: `Gửi lúc ${at}.`,
        queueHref: '/console/cases',
        state: text('Phan Thị Hạnh đã quyết định: Duyệt (Hai ảnh là một người). Có hiệu lực lúc 14:07.'),
        facts: [{ label: 'Cách xác minh', value: 'Đọc chip căn cước' }],
        undo: { action: text('/console/decisions/x/undo'), hint: text('Còn sửa được đến 14:07.') },
        next: { action: '/console/cases/next', fields: {} },
      }),
  },
  {
    name: 'console-own',
    shows: 'consoleOwnPage',
    render: (page, text) =>
      consoleOwnPage({
        page,
        done: text('Đã lưu lớp bảo vệ.'),
        login: text('thao.nguyen@tayninh.example'),
        factors: [
          {
            name: 'Ứng dụng xác thực',
            lines: ['Đặt ngày 21/11/2026.'],
            removeAction: text('/console/own/x'),
          },
          { name: text('Khóa bảo mật (Chrome · Windows)'), lines: [`Dùng gần nhất lúc ${at}.`] },
        ],
        newFactorHref: '/console/own/factor',
        passwordAction: '/console/own/password',
        declared: [
          { name: 'Chính mình', number: '••• ••• ••• 101', since: '21/11/2026' },
          { name: 'Người cùng hộ', number: text('••• ••• ••• 778'), since: '22/11/2026' },
        ],
        householdAction: '/console/own/household',
        recent,
        signOutOthersAction: '/console/own/sign-out-others',
      }),
  },
  {
    name: 'console-new-factor',
    shows: 'consoleNewFactorPage',
    render: (page, text) =>
      consoleNewFactorPage({
        page,
        newFactor,
        action: '/console/own/factor',
        backHref: '/console/own',
        error: text('Mã chưa đúng.'),
      }),
  },
  {
    name: 'console-officers',
    shows: 'consoleOfficersPage',
    render: (page, text) =>
      consoleOfficersPage({
        page,
        newHref: '/console/officers/new',
        recoveries: [
          {
            name: text('Phan Thị Hạnh'),
            login: 'hanh',
            asked: text(`Vương Thị Liên đề nghị lúc ${at}. Lý do: quên mật khẩu.`),
            action: '/console/recoveries/x',
            mayAgree: true,
            own: false,
          },
        ],
        officers: [
          {
            href: '/console/officers/x',
            name: text(officerName),
            login: text('thao.nguyen@tayninh.example'),
            role: 'Cán bộ duyệt hồ sơ',
            where: text('Phường Tân Ninh, Phường Long Hoa'),
            status: 'Đang làm việc',
            quiet: false,
          },
          {
            href: '/console/officers/y',
            name: 'Tô Minh Đạt',
            login: 'dat',
            role: 'Cán bộ phụ trách',
            where: 'Toàn tỉnh',
            status: 'Đã khóa',
            quiet: true,
          },
        ],
        nextHref: '/console/officers?after=thao',
      }),
  },
  {
    name: 'console-officer-new',
    shows: 'consoleNewOfficerPage',
    render: (page, text) =>
      consoleNewOfficerPage({
        page,
        action: '/console/officers',
        roles: roleChoices(text),
        communes: communes(text),
        backHref: '/console/officers',
        error: text('Tên đăng nhập này đã có người dùng.'),
      }),
  },
  {
    name: 'console-officer',
    shows: 'consoleOfficerPage',
    render: (page, text) =>
      consoleOfficerPage({
        page,
        name: text(officerName),
        facts: [
          { label: 'Tên đăng nhập', value: text('thao.nguyen@tayninh.example') },
          { label: 'Công việc', value: 'Cán bộ duyệt hồ sơ' },
          { label: 'Tình trạng', value: 'Đang làm việc' },
        ],
        declared: [
          { name: 'Chính mình', number: '••• ••• ••• 101', since: '21/11/2026' },
          { name: 'Người cùng hộ', number: '••• ••• ••• 778', since: '22/11/2026', removeAction: text('/x') },
        ],
        recent,
        backHref: '/console/officers',
        rights: { action: '/console/x/rights', roles: roleChoices(text), communes: communes(text) },
        suspendAction: '/console/x/suspend',
        recoveryAction: '/console/x/recovery',
        linkAction: '/console/x/link',
      }),
  },
  {
    name: 'console-officer-seen',
    shows: 'consoleOfficerPage',
    render: (page) =>
      consoleOfficerPage({
        page,
        name: 'Đượm',
        facts: [{ label: 'Tên đăng nhập', value: 'duom' }],
        declared: [],
        recent: [],
        backHref: '/console/officers',
        reinstateAction: '/console/x/reinstate',
      }),
  },
  {
    name: 'console-link',
    shows: 'consoleLinkPage',
    render: (page, text) =>
      consoleLinkPage({
        page,
        kind: 'recovery',
        name: text(officerName),
        link: text(link),
        backHref: '/console/officers',
      }),
  },
  ...LOOKING_SAMPLES,
];
