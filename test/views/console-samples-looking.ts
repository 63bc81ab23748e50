/** The pages of the console where officers look after accounts, clients and services. */
import { consoleCitizenPage } from '../../views/console-citizen.ts';
import { consoleCitizensPage, consoleFoundPage } from '../../views/console-citizens.ts';
import {
  consoleClientsPage,
  consoleEntryFormPage,
  consoleEntryPage,
  consoleSecretPage,
} from '../../views/console-clients.ts';
import { consoleNotMePage } from '../../views/console-not-me.ts';
import { consoleTestPage, consoleWhatIfPage } from '../../views/console-what-if.ts';
import type { ConsoleSample } from './console-samples.ts';

const at = '14:05 ngày 21/11/2026';
const reasons = {
  takeover_suspected: 'nghi có người khác chiếm tài khoản',
  authority: 'cơ quan có thẩm quyền yêu cầu bằng văn bản',
};
const uri = 'https://motcua.tayninh.example/dang-nhap/quay-ve';
const fates = (label: string, users: string, stopped: string, share: number) => ({
  label,
  users,
  fine: '1.204',
  step: '310',
  stopped,
  share,
});

export const LOOKING_SAMPLES: ConsoleSample[] = [
  {
    name: 'console-citizens',
    shows: 'consoleCitizensPage',
    render: (page, text) =>
      consoleCitizensPage({
        page,
        action: '/console/citizens',
        what: text('Nguyễn'),
        note: text('PTN 12/2026'),
        error: text('Chưa rõ cần tìm gì.'),
        purposes: [
          { value: 'citizen_asks', label: 'giúp bà con tại quầy hoặc qua điện thoại', chosen: true },
          { value: 'authority', label: reasons.authority, chosen: false },
        ],
        reportsHref: '/console/not-me',
        proposals: [
          {
            title: 'Thu hồi lần xác minh',
            asked: text(`Vương Thị Liên đề nghị lúc ${at}. Lý do: xác minh nhầm người. Số CV 120/UBND-VX.`),
            action: '/console/citizens/proposals/x/look',
          },
        ],
      }),
  },
  {
    name: 'console-found',
    shows: 'consoleFoundPage',
    render: (page, text) =>
      consoleFoundPage({
        page,
        purpose: text('Lý do đã ghi: giúp bà con tại quầy hoặc qua điện thoại; PTN 12/2026.'),
        citizens: [
          {
            href: text('/console/citizens/looks/a/b'),
            name: text('Nguyễn V•• A••'),
            number: '072 ••• ••• 101',
            phone: '••• ••• 101',
            commune: text('Phường Tân Ninh'),
            level: 'Đã xác minh',
          },
          {
            href: '/console/citizens/looks/a/c',
            name: 'Nguyễn T•• L•• N••',
            number: '–',
            phone: '–',
            commune: 'chưa rõ',
            level: 'Mới vào bằng Zalo',
            status: 'Đang khóa',
          },
        ],
        nextHref: text('/console/citizens/looks/a?after=c'),
        tooMany: true,
        againHref: '/console/citizens',
      }),
  },
  {
    name: 'console-found-none',
    shows: 'consoleFoundPage',
    render: (page) =>
      consoleFoundPage({ page, purpose: 'x.', citizens: [], tooMany: false, againHref: '/console/citizens' }),
  },
  {
    name: 'console-citizen',
    shows: 'consoleCitizenPage',
    render: (page, text) =>
      consoleCitizenPage({
        page,
        done: text('Đã yêu cầu xác minh lại.'),
        error: text('Không làm được.'),
        purpose: text('Lý do đã ghi: xem điều bà con báo "không phải mình".'),
        name: text('Nguyễn V•• A••'),
        revealAction: '/console/x/reveal',
        facts: [
          { label: 'Mức xác minh', value: 'Mới vào bằng Zalo', more: `Đang tạm dừng từ ${at}` },
          { label: 'Tình trạng', value: 'Đang dùng', more: '' },
          { label: 'Số định danh', value: text('072 ••• ••• 101') },
          { label: 'Năm sinh', value: '1990' },
          { label: 'Điện thoại', value: '••• ••• 101', more: 'Zalo đã xác nhận' },
          { label: 'Xã, phường', value: text('Phường Tân Ninh') },
          { label: 'Mã PIN, khóa', value: 'có mã PIN, 2 khóa trên máy' },
          { label: 'Có từ', value: '02/01/2026' },
        ],
        reports: [
          {
            what: text(`Vào Cổng dịch vụ mẫu, bằng Zalo. Lúc ${at}.`),
            since: `Báo lúc ${at}.`,
            closeAction: '/console/x/reports/1',
          },
        ],
        proposals: [
          {
            title: 'Khóa tài khoản, không đặt ngày mở',
            asked: text(`Hồ Nhật Quang đề nghị lúc ${at}. Số CV 12.`),
            action: '/console/x/proposals/1',
            mayAgree: true,
            mayRefuse: true,
            own: false,
          },
        ],
        verifications: [
          { what: 'VNeID: đang hiệu lực', more: at },
          { what: 'chip căn cước: đã thay bằng lần sau', more: `${at} – ${at}` },
        ],
        cases: [{ what: 'Xác minh, VNeID', more: `đồng ý, ${at}` }],
        sessions: {
          count: '2 máy đang đăng nhập.',
          devices: [{ what: text('Chrome trên Android'), more: `dùng gần nhất ${at}` }],
        },
        services: [{ what: text('Cổng dịch vụ mẫu'), more: `vào gần nhất ${at}` }],
        recent: [
          { what: text('Cán bộ đã xem tài khoản. Lý do: giải quyết phản ánh'), more: `${at}, cán bộ Liên` },
        ],
        acts: [
          { name: 'end_sessions', action: '/console/x/end-sessions', reasons },
          { name: 'hold', action: '/console/x/hold', reasons },
          {
            name: 'suspend',
            action: '/console/x/suspend',
            reasons,
            days: { '7': '7 ngày', none: 'Không đặt ngày mở (cần hai người)' },
          },
          { name: 'revoke', action: '/console/x/revoke', reasons },
        ],
        ownFamily: false,
        backHref: '/console/citizens/looks/a',
        backLabel: 'Tài khoản tìm thấy',
      }),
  },
  {
    name: 'console-citizen-own',
    shows: 'consoleCitizenPage',
    render: (page) =>
      consoleCitizenPage({
        page,
        purpose: 'x.',
        name: 'Đượm',
        facts: [{ label: 'Mức xác minh', value: 'Đã xác minh' }],
        reports: [],
        proposals: [],
        verifications: [],
        cases: [],
        sessions: { count: 'Không có máy nào.', devices: [] },
        services: [],
        recent: [],
        acts: [],
        ownFamily: true,
        backHref: '/console/citizens',
        backLabel: 'Tìm tài khoản',
      }),
  },
  {
    name: 'console-not-me',
    shows: 'consoleNotMePage',
    render: (page, text) =>
      consoleNotMePage({
        page,
        error: text('Đã có người làm rồi.'),
        reports: [
          {
            what: text('Vào Cổng dịch vụ mẫu, bằng Zalo.'),
            when: at,
            reported: at,
            action: '/console/not-me/1/look',
          },
          { what: 'Dùng trên một máy mới.', when: at, reported: at, action: '/console/not-me/2/look' },
        ],
        nextHref: text('/console/not-me?after=2'),
      }),
  },
  {
    name: 'console-not-me-none',
    shows: 'consoleNotMePage',
    render: (page) => consoleNotMePage({ page, reports: [] }),
  },
  {
    name: 'console-clients',
    shows: 'consoleClientsPage',
    render: (page, text) =>
      consoleClientsPage({
        page,
        clients: [
          {
            href: text('/console/clients/mot-cua'),
            name: text('Một cửa điện tử'),
            id: text('mot-cua'),
            owner: text('Sở Nội vụ'),
            level: 'Mức 1 đến Mức 2',
            on: true,
          },
          {
            href: '/console/clients/dat-dai',
            name: 'Đất đai',
            id: 'dat-dai',
            owner: 'Sở Nông nghiệp và Môi trường',
            level: 'level2',
            on: false,
          },
        ],
        services: [
          {
            href: '/console/services/ho-so',
            name: 'Kho hồ sơ',
            id: 'ho-so',
            owner: 'Sở Nội vụ',
            level: '',
            on: true,
            scopes: [
              { name: text('hoso.xem'), level: 'level1' },
              { name: 'hoso.nop', level: 'level2' },
            ],
          },
        ],
        newClientHref: '/console/clients/new',
        newServiceHref: '/console/services/new',
        whatIfHref: '/console/what-if',
        nextHref: text('/console/clients?after=x'),
      }),
  },
  {
    name: 'console-entry',
    shows: 'consoleEntryPage',
    render: (page, text) =>
      consoleEntryPage({
        page,
        done: text('Đã lưu.'),
        error: text('Không làm được.'),
        name: text('Một cửa điện tử'),
        members: [
          { label: 'Mã (client_id)', value: text('mot-cua') },
          { label: 'Địa chỉ quay về', value: `${uri} · ${uri}/2` },
          { label: 'jwks', value: `{"keys":[{"kty":"EC","x":"${'0'.repeat(200)}"}]}` },
        ],
        on: true,
        editHref: '/console/clients/mot-cua/edit',
        testHref: '/console/services/mot-cua/test',
        turnAction: '/console/clients/mot-cua/turn',
        rotateAction: '/console/clients/mot-cua/secret',
        backHref: '/console/clients',
      }),
  },
  {
    name: 'console-entry-seen',
    shows: 'consoleEntryPage',
    render: (page) =>
      consoleEntryPage({ page, name: 'Đất đai', members: [], on: false, backHref: '/console/clients' }),
  },
  {
    name: 'console-entry-form',
    shows: 'consoleEntryFormPage',
    render: (page, text) =>
      consoleEntryFormPage({
        page,
        title: text('Sửa Một cửa điện tử'),
        error: text('Chưa lưu. Xem các dòng đánh dấu bên dưới.'),
        action: '/console/clients/mot-cua',
        submit: 'Lưu',
        fields: [
          { name: 'name_vi', label: 'Tên tiếng Việt', kind: 'text', value: text('Một cửa điện tử') },
          {
            name: 'redirect_uris',
            label: 'Địa chỉ quay về',
            hint: 'Mỗi dòng một địa chỉ.',
            error: text('1: phải là https'),
            kind: 'lines',
            value: text('http://motcua.example/cb'),
          },
          {
            name: 'minimum_level',
            label: 'Mức thấp nhất',
            kind: 'one',
            options: [
              { value: 'level1', label: 'level1', chosen: false },
              { value: 'level2', label: 'level2', chosen: true },
            ],
          },
          {
            name: 'scopes',
            label: 'Phạm vi được hỏi',
            kind: 'some',
            options: ['openid', 'profile', 'hoso.xem', 'hoso.nop'].map((value) => ({
              value,
              label: text(value),
              chosen: value === 'openid',
            })),
          },
          { name: 'session', label: 'Báo đăng xuất phải kèm mã phiên', kind: 'yes', chosen: true },
          { name: 'more', label: 'Thành viên khác (JSON)', kind: 'json', value: '{\n  "profile": "x"\n}' },
        ],
        scopes: [
          {
            name: text('hoso.xem'),
            level: 'level1',
            vi: text('Xem hồ sơ'),
            en: 'See dossiers',
            error: text('là của dịch vụ khác'),
          },
          { name: '', level: 'level2', vi: '', en: '' },
        ],
        backHref: '/console/clients/mot-cua',
      }),
  },
  {
    name: 'console-secret',
    shows: 'consoleSecretPage',
    render: (page, text) =>
      consoleSecretPage({
        page,
        name: text('Một cửa điện tử'),
        secret: text('Vb3nQ0vJ6q2m8m1yJm0B3lq5nP7r9t1v3x5z7B9D1F3'),
        backHref: '/console/clients/mot-cua',
      }),
  },
  {
    name: 'console-test',
    shows: 'consoleTestPage',
    render: (page, text) =>
      consoleTestPage({
        page,
        name: text('Kho hồ sơ'),
        target: text('https://hoso.tayninh.example/api/dossiers'),
        clients: [{ value: 'mot-cua', label: text('Một cửa điện tử'), chosen: true }],
        action: '/console/services/ho-so/test',
        answers: [
          {
            step: 'Mã ở level1',
            said: 'Đúng: dịch vụ từ chối và đòi level2 (RFC 9470).',
            good: true,
            answered: 'Trả lời 401',
            challenge: text('Bearer error="insufficient_user_authentication", acr_values="level2"'),
          },
          {
            step: 'Mã ở level2',
            said: 'Sai: dịch vụ từ chối mã ở level2.',
            good: false,
            answered: 'Trả lời 403',
          },
        ],
        backHref: '/console/services/ho-so',
      }),
  },
  {
    name: 'console-test-missing',
    shows: 'consoleTestPage',
    render: (page) =>
      consoleTestPage({
        page,
        name: 'Kho hồ sơ',
        clients: [],
        action: '/console/x',
        answers: [],
        backHref: '/console/x',
      }),
  },
  {
    name: 'console-what-if',
    shows: 'consoleWhatIfPage',
    render: (page, text) =>
      consoleWhatIfPage({
        page,
        choices: [
          {
            label: 'Ứng dụng',
            options: [{ value: text('client:mot-cua'), label: text('Một cửa điện tử'), chosen: true }],
          },
          {
            label: 'Phạm vi',
            options: [{ value: 'scope:hoso.xem', label: 'hoso.xem: Xem hồ sơ', chosen: false }],
          },
        ],
        result: {
          users: '48.210',
          groups: [
            { label: 'Đã vào ở level2', count: '12.040', share: '25% số người' },
            { label: 'Đã xác minh, thêm một bước', count: '3.100', share: '6% số người' },
            { label: 'Bị dừng, phải xác minh', count: '33.070', share: '69% số người' },
          ],
          ages: [fates('18 đến 34', '2.010', '496', 25), fates('Chưa rõ', '31.000', '31.000', 100)],
          communes: [fates(text('Phường Tân Ninh'), '1.800', '286', 16)],
          csvHref: text('/console/what-if/csv?of=client%3Amot-cua'),
        },
        asOf: 'Số liệu lúc 14:05 ngày 25/11/2026. Mỗi giờ đếm lại một lần; mỗi người chỉ tính một lần.',
        action: '/console/what-if',
        backHref: '/console/clients',
      }),
  },
  {
    name: 'console-what-if-nobody',
    shows: 'consoleWhatIfPage',
    render: (page) =>
      consoleWhatIfPage({
        page,
        choices: [],
        nothing: 'Không ai dùng trong 30 ngày qua.',
        asOf: 'Số liệu lúc 14:05 ngày 25/11/2026. Mỗi giờ đếm lại một lần; mỗi người chỉ tính một lần.',
        action: '/console/what-if',
        backHref: '/console/clients',
      }),
  },
];
