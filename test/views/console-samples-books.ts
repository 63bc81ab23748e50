/** The pages of the books in the console, as in console-samples.ts. */
import { type ConsoleAuditProps, consoleAuditPage, consoleChainPage } from '../../views/console-audit.ts';
import type { ConsolePageProps } from '../../views/console-layout.ts';
import { consoleReportPage, consoleReportsPage, type PeriodProps } from '../../views/console-reports.ts';

type Text = (value: string) => string;
type Sample = {
  name: string;
  shows: string;
  largest?: number;
  render: (page: ConsolePageProps, text: Text) => string;
};

const hash = '7d0f9c4b0b6f4f0f9f1f2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c';
const days = Array.from(
  { length: 30 },
  (_, index) => `2026-${index < 6 ? '10' : '11'}-${String(((index + 25) % 31) + 1).padStart(2, '0')}`,
);
/** A week's shape: fewer at its end. */
const wave = (size: number) =>
  days.map((_, index) => Math.round(size * (index % 7 > 4 ? 0.3 : 1 + (index % 4) / 9)));

const search = (text: Text): ConsoleAuditProps['search'] => ({
  action: '/console/audit',
  who: text('5f0c54c0-6c83-4b9b-9c8e-0f2f1c0b7d11'),
  purposes: [{ value: 'complaint', label: text('giải quyết phản ánh'), chosen: true }],
  officer: text('lien'),
  caseId: '',
  events: [
    { value: 'case.decided', label: 'case.decided · Hồ sơ xác minh đã có kết quả.', chosen: false },
    { value: 'officer.looked', label: text('officer.looked · Cán bộ đã xem hồ sơ.'), chosen: true },
  ],
  from: '2026-11-01T08:00',
  until: '',
});

const period = (text: Text): PeriodProps => ({
  from: '2026-10-26',
  until: '2026-11-24',
  said: { from: '26/10/2026', until: text('24/11/2026') },
  choices: [
    { href: text('/console/reports?from=2026-11-18&until=2026-11-24'), label: '7 ngày', here: false },
    { href: '/console/reports?from=2026-10-26&until=2026-11-24', label: '30 ngày', here: true },
  ],
  action: '/console/reports',
});

export const BOOK_SAMPLES: Sample[] = [
  {
    name: 'console-audit',
    shows: 'consoleAuditPage',
    render: (page, text) =>
      consoleAuditPage({
        page,
        search: search(text),
        lines: [
          {
            number: '20000412',
            when: text('14:05 ngày 21/11/2026'),
            what: text('Vào Tây Ninh Smart, bằng Zalo.'),
            event: 'sign_in.succeeded',
            about: [
              { label: 'Tài khoản', value: '5f0c54c0', href: text('/console/audit?account=x') },
              { label: '', value: text('tay-ninh-smart'), href: '/console/audit?client=x' },
            ],
            body: text(
              `{"at":1795359900000,"event":"sign_in.succeeded","account":"5f0c54c0-6c83-4b9b-9c8e-0f2f1c0b7d11"}`,
            ),
            hash,
          },
          {
            number: '20000398',
            when: '08:12 ngày 21/11/2026',
            what: 'Khóa cán bộ.',
            event: 'officer.suspended',
            by: text('Ai làm: Vương Thị Liên (lien)'),
            about: [{ label: 'Về ai', value: 'Nguyễn Hoàng Thị Phương Thảo (thao.nguyen@tayninh.example)' }],
            body: '{"at":1795338720000,"event":"officer.suspended"}',
            hash,
          },
        ],
        olderHref: text('/console/audit?before=20000398'),
        newestHref: '/console/audit?all=1',
        take: { action: '/console/audit/export', fields: { officer: text('lien') }, most: '100.000' },
        chainHref: '/console/audit/chain',
      }),
  },
  {
    name: 'console-audit-empty',
    shows: 'consoleAuditPage',
    render: (page, text) =>
      consoleAuditPage({
        page,
        search: search(text),
        error: text('Chưa chọn lý do.'),
        lines: [],
        chainHref: '/x',
      }),
  },
  ...(['running', 'left', 'whole', 'broken'] as const).map((state) => ({
    name: `console-chain-${state}`,
    shows: 'consoleChainPage',
    render: (page: ConsolePageProps, text: Text) =>
      consoleChainPage({
        page,
        head: { number: '20.000.412', hash: text(hash) },
        last: {
          state,
          sentence: text('Sổ nguyên vẹn, đến dòng số 20.000.398.'),
          lines: [text('Vương Thị Liên yêu cầu lúc 14:05 ngày 21/11/2026.')],
          hash,
          ...(state === 'running' ? { progress: 42 } : {}),
        },
        action: '/console/audit/chain',
        reloadHref: '/console/audit/chain',
        days: [{ day: '20/11/2026', number: '19.985.120', hash: text(hash) }],
        publishedHref: text('https://id.tayninh.example/.well-known/tay-ninh-id/audit-heads'),
        backHref: '/console/audit',
      }),
  })),
  {
    name: 'console-chain-new',
    shows: 'consoleChainPage',
    render: (page, text) =>
      consoleChainPage({
        page,
        done: text('Đã bắt đầu kiểm tra.'),
        head: { number: '0', hash },
        action: '/console/audit/chain',
        reloadHref: '/x',
        days: [],
        publishedHref: 'http://localhost:3000/.well-known/tay-ninh-id/audit-heads',
        backHref: '/console/audit',
      }),
  },
  {
    name: 'console-reports',
    shows: 'consoleReportsPage',
    render: (page, text) =>
      consoleReportsPage({
        page,
        period: period(text),
        reports: ['Lượt đăng nhập', 'Đã xác minh bằng căn cước', 'Thời gian chờ quyết định'].map(
          (title, index) => ({
            href: '/console/reports/sign-ins',
            title: text(title),
            headline: text(['1.204.512', '8.120', '3 giờ 20 phút'][index] ?? ''),
            unit: text('lượt'),
            spark: wave(1000 / (index + 1)),
          }),
        ),
      }),
  },
  {
    name: 'console-report',
    largest: 28,
    shows: 'consoleReportPage',
    render: (page, text) =>
      consoleReportPage({
        page,
        title: text('Lượt đăng nhập'),
        lead: text('Mỗi ngày, theo mức xác minh và theo ứng dụng.'),
        period: period(text),
        notes: [],
        charts: [
          {
            kind: 'bars',
            id: 'sign-ins',
            title: text('Theo ngày'),
            description: text('1.204.512 trong 30 ngày.'),
            days,
            step: 'day',
            unit: 'count',
            series: [
              { label: text('Mức 1 (Zalo)'), values: wave(31_000) },
              { label: 'Mức 2 (căn cước)', values: wave(4_200) },
              { label: 'Đang đăng nhập sẵn', values: wave(12_000) },
            ],
          },
          {
            kind: 'ranks',
            id: 'apps',
            title: text('Theo ứng dụng'),
            rows: [
              { label: text('Tây Ninh Smart'), value: 1_102_003 },
              {
                label: 'Cổng dịch vụ công của tỉnh Tây Ninh, bản thử nghiệm cho các xã, phường',
                value: 88_412,
                note: text('7 %'),
              },
              { label: 'Còn lại', value: 12 },
            ],
          },
        ],
        csvHref: text('/console/reports/sign-ins/csv?from=2026-10-26&until=2026-11-24'),
        backHref: '/console/reports',
      }),
  },
  {
    name: 'console-report-times',
    largest: 28,
    shows: 'consoleReportPage',
    render: (page, text) =>
      consoleReportPage({
        page,
        title: 'Thời gian chờ quyết định',
        lead: 'Từ lúc gửi hồ sơ đến lúc cán bộ quyết định.',
        period: period(text),
        notes: [text('Đang chờ bây giờ: 128 hồ sơ, một nửa đã chờ hơn 2 giờ, lâu nhất 1 ngày 3 giờ.')],
        charts: [
          {
            kind: 'lines',
            id: 'times',
            title: 'Theo ngày',
            description: '4.120 hồ sơ trong 30 ngày.',
            days,
            step: 'day',
            unit: 'seconds',
            series: [
              {
                label: 'Một nửa xong trong',
                values: wave(7_000).map((value, day) => (day === 9 || day === 11 ? Number.NaN : value)),
              },
              {
                label: 'Chín phần mười xong trong',
                values: wave(26_000).map((value, day) => (day === 9 ? Number.NaN : value)),
              },
            ],
          },
        ],
        csvHref: '/x',
        backHref: '/console/reports',
      }),
  },
  {
    name: 'console-report-empty',
    shows: 'consoleReportPage',
    render: (page, text) =>
      consoleReportPage({
        page,
        error: text('Ngày chưa đúng.'),
        title: 'Lỗi từ Zalo và VNeID',
        lead: 'Những lần Zalo hoặc VNeID không trả lời.',
        period: period(text),
        notes: [],
        charts: [],
        csvHref: '/x',
        backHref: '/console/reports',
      }),
  },
];
