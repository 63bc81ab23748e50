/** The sentences of the account pages, in Vietnamese; how they are said stands in vi.ts. */
import type { AuditEvent } from '../../src/audit/events.ts';

/** What a line of the ledger may name; every part is a ready string. */
export type LedgerDetails = {
  client: string;
  method: string;
  purpose: string;
  count: number;
  /** How much an officer saw: in a list, the page, everything. */
  part?: string;
  /** What an officer did, why, and the number to ask about it by. */
  act?: string;
  reason?: string;
  reference?: string;
};

/** Events without a citizen are in nobody's ledger. */
type Unshown =
  | Extract<
      AuditEvent['event'],
      `client.${string}` | `keys.${string}` | `scope.${string}` | `service.${string}` | `trust.${string}`
    >
  | 'audit.check_started'
  | 'report.exported'
  | `case.${'decision_made' | 'decision_undone' | 'released' | 'taken'}`
  | 'zalo_oa.token_set'
  | 'desk.code_sent'
  | `desk.visit_${'started' | 'ended'}`
  | OfOfficers;
/** What officers do among themselves; a look at a citizen's record is not of this kind. */
type OfOfficers =
  | Exclude<Extract<AuditEvent['event'], `officer.${string}`>, 'officer.acted' | 'officer.looked'>
  | `proposal.${'answered' | 'made'}`;
export type LedgerEvent = Exclude<AuditEvent['event'], Unshown>;
/** Why an officer looked at the lines about one citizen. */
const auditPurposes: Record<string, string> = {
  inspection: 'kiểm tra định kỳ',
  complaint: 'giải quyết phản ánh, khiếu nại',
  misuse: 'nghi có người dùng sai',
  incident: 'xử lý sự cố',
  authority: 'cơ quan có thẩm quyền yêu cầu bằng văn bản',
};

type LedgerSentences = Record<LedgerEvent, (details: LedgerDetails) => string>;

/** What became of a "not me". */
const reports: Record<string, string> = {
  report_confirmed: 'Đã xem xong điều mình báo: đúng là có người khác vào.',
  report_harmless: 'Đã xem xong điều mình báo: không có người lạ.',
  report_unclear: 'Đã xem xong điều mình báo: chưa rõ là ai.',
};

export const account = {
  title: 'Tài khoản của mình',
  back: 'Về trang tài khoản',
  methods: {
    zalo: 'Zalo',
    vneid: 'VNeID',
    chip: 'chip căn cước',
    pin: 'mã PIN',
    passkey: 'khóa trên máy',
    desk: 'quầy ở ủy ban xã, phường',
  } as Record<string, string>,
  level: {
    title: 'Mức xác minh',
    level2: 'Đã xác minh bằng căn cước',
    level1: 'Mới vào bằng Zalo, chưa xác minh bằng căn cước',
    since: (when: string, method: string) => `Xác minh lúc ${when}, bằng ${method}.`,
    until: (day: string) => `Có giá trị đến hết ngày ${day}.`,
    noEnd: 'Không có ngày hết hạn.',
    thisSession: 'Lần vào này đã xác nhận đúng là mình.',
    notThisSession: 'Lần vào này chưa xác nhận lại; việc quan trọng sẽ được hỏi thêm một lần.',
    reasons: {
      not_verified: 'Chưa xác minh lần nào. Hỏi đáp, gửi phản ánh, xem tin thì không cần xác minh.',
      verification_revoked: 'Lần xác minh trước đã bị thu hồi. Muốn nộp hồ sơ thì xác minh lại.',
      verification_expired: 'Lần xác minh trước đã hết hạn. Muốn nộp hồ sơ thì xác minh lại.',
      verification_superseded: 'Lần xác minh trước đã được thay bằng lần khác.',
      level2_on_hold: 'Đang tạm dừng vì có báo "không phải mình". Xác minh lại thì dùng tiếp được.',
    },
    verify: 'Xác minh bây giờ',
    confirm: 'Xác nhận lại là chính mình',
  },
  identity: {
    title: 'Thông tin trên căn cước',
    name: 'Họ và tên',
    number: 'Số định danh',
    birthDate: 'Ngày sinh',
    hidden: 'Đang che bớt, để người ngồi cạnh không đọc được.',
    show: 'Hiện đầy đủ',
  },
  phone: {
    title: 'Số điện thoại',
    none: 'Chưa có. Vào bằng trang này, Zalo không cho biết số. Số chỉ có khi mở ứng dụng Tây Ninh Smart trong Zalo và đồng ý cho biết.',
    since: (when: string) => `Zalo xác nhận lúc ${when}.`,
    quarantined:
      'Số này vừa có dấu hiệu đổi chủ, nên chưa báo cho dịch vụ nào. Nếu đúng là số của mình, xin xác nhận bằng VNeID hoặc căn cước.',
    release: 'Đúng là số của mình',
    moved:
      'Số này nay do một tài khoản Zalo khác giữ, nên không còn là của tài khoản này. Nếu vẫn đang dùng số này, xin mở Tây Ninh Smart trong Zalo rồi cho biết số lại.',
  },
  linked: {
    title: 'Tài khoản đã liên kết',
    since: (when: string) => `Liên kết từ ${when}.`,
  },
  menu: {
    title: 'Xem thêm',
    factors: { title: 'Mã PIN và khóa trên máy', text: 'Để lần sau xác nhận cho nhanh.' },
    sessions: { title: 'Máy đang đăng nhập', text: 'Thấy máy lạ thì cho thoát ngay.' },
    services: { title: 'Dịch vụ đã dùng', text: 'Nơi nào được biết gì; rút lại được.' },
    ledger: { title: 'Sổ ghi', text: 'Ai đã vào, ai đã hỏi, ai đã xem, lúc nào.' },
    notices: { title: 'Tin đã nhắn', text: 'Những điều Tây Ninh ID đã báo.' },
    data: { title: 'Lấy dữ liệu của mình', text: 'Tất cả những gì đang giữ, trong một tệp.' },
    close: { title: 'Đóng tài khoản', text: 'Sau bảy ngày mới đóng hẳn, đổi ý được.' },
  },
  sessions: {
    title: 'Máy đang đăng nhập',
    lead: 'Mỗi dòng là một máy đang vào Tây Ninh ID bằng tài khoản này.',
    this: 'Máy đang cầm',
    unknown: 'Máy chưa rõ loại',
    device: (program: string, system: string) => `${program} trên ${system}`,
    signedIn: (when: string, how: string) => `Vào lúc ${when}, bằng ${how}.`,
    lastSeen: (when: string) => `Dùng gần nhất lúc ${when}.`,
    services: (names: string) => `Đang dùng: ${names}.`,
    end: 'Cho máy này thoát',
    endOthers: 'Cho mọi máy khác thoát',
    endAll: 'Thoát hết, kể cả máy này',
    ended: 'Đã cho thoát.',
    allMeans: 'Thoát hết thì dịch vụ nào cũng phải đăng nhập lại, kể cả Tây Ninh Smart trong Zalo.',
  },
  services: {
    title: 'Dịch vụ đã dùng',
    none: 'Chưa có dịch vụ nào.',
    given: (when: string) => `Đồng ý lúc ${when}.`,
    refused: (names: string) => `Không cho biết: ${names}.`,
    used: (when: string) => `Vào gần nhất lúc ${when}.`,
    withdraw: 'Rút lại',
    means:
      'Rút lại thì dịch vụ không xem được gì thêm, và lần sau phải hỏi lại. Những gì đã đưa thì dịch vụ vẫn còn giữ; muốn xóa, xin hỏi dịch vụ đó.',
    withdrawn: (name: string) => `Đã rút lại những gì cho ${name}.`,
  },
  left: {
    title: 'Chưa đăng nhập',
    text: 'Muốn xem tài khoản thì phải đăng nhập, hoặc xác nhận lại là chính mình.',
    again: 'Thử lại',
  },
  ledger: {
    title: 'Sổ ghi',
    lead: 'Ai đã vào bằng tài khoản này, ai đã xem, lúc nào. Không ai sửa hay xóa được sổ này. Thấy điều gì không phải do mình thì bấm "Không phải mình".',
    none: 'Chưa có gì.',
    notMe: 'Không phải mình',
    older: 'Xem các dòng cũ hơn',
    newest: 'Về các dòng mới nhất',
    asked: 'Dịch vụ đã hỏi về mình',
    askedLead:
      'Mỗi lần dùng một dịch vụ, dịch vụ đó hỏi Tây Ninh ID xem có đúng là mình không. Ở đây đếm theo ngày.',
    askedTimes: (count: number) => `hỏi ${count} lần`,
    askedWithdraw: 'Xem và rút lại ở Dịch vụ đã dùng',
    backToLedger: 'Về sổ ghi',
    somebody: 'một dịch vụ',
    auditPurposes,
    /** Why an officer looked. */
    purposes: {
      citizen_asks: 'giúp bà con tại quầy hoặc qua điện thoại',
      case_review: 'xem xét hồ sơ xác minh',
      complaint: 'giải quyết phản ánh, khiếu nại',
      misuse: 'nghi có người dùng sai',
      authority: 'cơ quan có thẩm quyền yêu cầu bằng văn bản',
      report: 'xem điều bà con báo "không phải mình"',
      second_opinion: 'duyệt việc cán bộ khác đề nghị',
      desk_visit: 'xác minh tại quầy',
      duplicate_decide: 'quyết định về hai tài khoản có cùng căn cước',
      duplicate_objection: 'trả lời câu hỏi về hai tài khoản có cùng căn cước',
      re_audit: 'xem lại một lần xác minh',
    } as Record<string, string>,
    /** What an officer did. */
    acts: {
      suspend: 'tạm khóa tài khoản',
      suspend_for_good: 'khóa tài khoản, không đặt ngày mở',
      reinstate: 'mở lại tài khoản',
      end_sessions: 'cho mọi máy thoát ra',
      hold: 'yêu cầu xác minh lại',
      release: 'cho dùng lại mức đã xác minh',
      revoke: 'thu hồi lần xác minh',
    } as Record<string, string>,
    reasons: {
      takeover_suspected: 'nghi có người khác chiếm tài khoản',
      misuse: 'dùng sai quy định',
      citizen_asked: 'bà con yêu cầu',
      authority: 'cơ quan có thẩm quyền yêu cầu bằng văn bản',
      deceased: 'người đã mất',
      cleared: 'đã làm rõ',
      mistake: 'đã làm nhầm',
      device_lost: 'mất máy',
      person_in_doubt: 'chưa chắc đúng người',
      wrong_person: 'xác minh nhầm người',
      forged: 'giấy tờ giả',
    } as Record<string, string>,
    events: {
      'account.closed': () => 'Tài khoản đã đóng.',
      'account.closing_cancelled': () => 'Thôi không đóng tài khoản nữa.',
      'account.closing_requested': () => 'Xin đóng tài khoản.',
      'account.created': ({ method }) => `Lập tài khoản, bằng ${method}.`,
      'account.suspended': () => 'Tài khoản bị tạm khóa.',
      'account.reinstated': () => 'Tài khoản được mở lại.',
      'audit.exported': ({ purpose }) =>
        `Cán bộ đã lấy sổ ghi về mình ra tệp. Lý do: ${auditPurposes[purpose] ?? purpose}`,
      'audit.searched': ({ purpose }) =>
        `Cán bộ đã xem sổ ghi về mình. Lý do: ${auditPurposes[purpose] ?? purpose}`,
      'case.asked': () => 'Cán bộ cần thêm để xác minh.',
      'case.opened': () => 'Gửi hồ sơ xác minh.',
      'case.photo_added': () => 'Gửi ảnh khuôn mặt để cán bộ xác minh.',
      'case.reported': () => 'Báo "không phải mình".',
      'case.decided': ({ reason = '' }) => reports[reason] ?? 'Hồ sơ xác minh đã có kết quả.',
      'consent.granted': ({ client }) => `Đồng ý đưa thông tin cho ${client}.`,
      'consent.refused': ({ client }) => `Không đồng ý đưa thông tin cho ${client}.`,
      'consent.withdrawn': ({ client }) => `Rút lại những gì đã cho ${client}.`,
      'desk.account_chosen': () => 'Ra quầy xác minh với tài khoản này.',
      'desk.holder_seen': () => 'Cán bộ tại quầy đã nhìn mặt và đối chiếu căn cước.',
      'desk.slip_issued': () => 'Cán bộ làm phiếu xác minh.',
      'device.first_seen': () => 'Dùng trên một máy mới.',
      'duplicate.decided': () => 'Cán bộ quyết định về hai tài khoản có cùng căn cước.',
      'export.made': () => 'Lấy toàn bộ dữ liệu của mình.',
      'factor.refused': ({ method }) => `Dùng ${method} nhưng không đúng.`,
      'factor.removed': ({ method }) => `Bỏ ${method}.`,
      'factor.renamed': () => 'Đổi tên khóa trên máy.',
      'factor.set': ({ method }) => `Đặt ${method}.`,
      'grant.revoked': ({ client }) => `${client} không còn quyền xem.`,
      'level2.held': () => 'Tạm dừng mức đã xác minh bằng căn cước.',
      'level2.released': () => 'Dùng lại được mức đã xác minh bằng căn cước.',
      'mini_app.opened': ({ client }) => `Mở trang Tây Ninh ID từ ${client}.`,
      'mini_app.refused': ({ client }) => `Mở trang từ ${client} nhưng không đi tiếp.`,
      'officer.acted': ({ act, reason, reference }) =>
        `Cán bộ ${act}. Lý do: ${reason}. Hỏi lại thì đọc số ${reference}.`,
      'officer.looked': ({ purpose, part }) =>
        part === 'found'
          ? `Cán bộ tìm trong danh sách, có thấy tên mình đã che bớt. Lý do: ${purpose}`
          : part === 'revealed'
            ? `Cán bộ đã xem đầy đủ tên và số. Lý do: ${purpose}`
            : part === 'portrait' || part === 'photo'
              ? `Cán bộ đã xem ảnh khuôn mặt. Lý do: ${purpose}`
              : `Cán bộ đã xem tài khoản. Lý do: ${purpose}`,
      'phone.moved': () => 'Số điện thoại chuyển sang tài khoản Zalo khác.',
      'phone.quarantined': () => 'Số điện thoại có dấu hiệu đổi chủ.',
      'phone.released': () => 'Đã xác nhận số điện thoại là của mình.',
      'phone.vouched': () => 'Zalo cho biết số điện thoại.',
      're_audit.answered': () => 'Một cán bộ khác đã xem lại lần xác minh.',
      're_audit.drawn': () => 'Lần xác minh này được chọn ngẫu nhiên để xem lại.',
      're_audit.settled': () => 'Cán bộ phụ trách đã giải quyết lần xem lại.',
      'session.ended': ({ count }) => `Cho ${count} máy thoát ra.`,
      'sign_in.abandoned': ({ client }) => `Đang vào ${client} thì dừng lại.`,
      'sign_in.continued': ({ client }) => `Vào ${client}, khi đang đăng nhập sẵn.`,
      'sign_in.refused': ({ method }) => `Vào bằng ${method} nhưng chưa được.`,
      'sign_in.succeeded': ({ client, method }) => `Vào ${client}, bằng ${method}.`,
      'step_up.declined': ({ client }) => `Vào ${client} mà không xác minh thêm.`,
      'step_up.refused': ({ method }) => `Xác minh bằng ${method} nhưng chưa được.`,
      'step_up.succeeded': ({ client, method }) => `Xác nhận đúng là mình với ${client}, bằng ${method}.`,
      'verification.approved': ({ method }) => `Đã xác minh bằng ${method}.`,
      'verification.ended': () => 'Lần xác minh trước hết hiệu lực.',
    } as LedgerSentences,
  },
  notMe: {
    title: 'Không phải mình?',
    lead: 'Nếu việc này không phải do mình làm, Tây Ninh ID sẽ làm ngay ba việc:',
    points: [
      'Cho mọi máy thoát ra, kể cả máy đang cầm.',
      'Tạm dừng mức đã xác minh bằng căn cước, bỏ mã PIN và khóa, để không ai nộp hồ sơ thay mình.',
      'Báo cho cán bộ để xem lại.',
    ],
    after: 'Sau đó đăng nhập lại bằng Zalo, rồi xác minh lại là dùng được như cũ.',
    submit: 'Đúng, không phải mình',
    cancel: 'Thôi, là mình',
    doneTitle: 'Đã báo',
    doneLead: 'Mọi máy đã thoát ra, và đã báo cho cán bộ.',
    next: [
      'Mở Zalo, vào Cài đặt, Tài khoản và bảo mật: đổi mật khẩu Zalo, cho các máy lạ thoát ra.',
      'Đăng nhập lại Tây Ninh ID bằng Zalo.',
      'Xác minh lại bằng VNeID hoặc căn cước khi có việc quan trọng.',
    ],
    signIn: 'Đăng nhập lại',
  },
  data: {
    title: 'Lấy dữ liệu của mình',
    lead: 'Một tệp ghi tất cả những gì Tây Ninh ID đang giữ về mình: thông tin, các lần xác minh, dịch vụ đã dùng, sổ ghi. Mã PIN và ảnh trong chip không nằm trong tệp.',
    warning: 'Tệp có số định danh. Đừng lấy trên máy của người khác, đừng gửi cho ai.',
    withheld:
      'Lần xác minh trước đã hết hiệu lực, nên tệp chưa có tên và số trên căn cước. Muốn có thì xác minh lại trước đã.',
    submit: 'Lấy tệp',
  },
  close: {
    title: 'Đóng tài khoản',
    lead: 'Đóng tài khoản thì không vào được dịch vụ nào bằng tài khoản này nữa.',
    points: [
      'Bảy ngày sau mới đóng hẳn. Trong bảy ngày, đổi ý lúc nào cũng được.',
      'Đóng rồi thì xóa: tên, ảnh, số định danh, số điện thoại, mã PIN và khóa, danh sách máy, tin đã nhắn, giấy tờ đã đưa.',
      'Luật buộc giữ: bằng chứng đã đồng ý cho dịch vụ nào, và sổ ghi không có tên, không có số.',
      'Những gì đã đưa cho từng dịch vụ thì dịch vụ đó giữ; muốn xóa xin hỏi dịch vụ đó.',
    ],
    submit: 'Đóng tài khoản sau bảy ngày',
    keep: 'Thôi, giữ lại',
    pending: (when: string) => `Tài khoản sẽ đóng lúc ${when}. Đổi ý thì bấm giữ lại.`,
    keepNow: 'Giữ tài khoản lại',
  },
  notices: {
    title: 'Tin đã nhắn',
    lead: 'Những điều Tây Ninh ID đã báo, kể cả khi chưa nhắn được qua Zalo.',
    none: 'Chưa có tin nào.',
  },
};
