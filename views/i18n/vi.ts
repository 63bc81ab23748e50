/**
 * Every sentence a citizen reads, in Vietnamese: the source of truth, to which en.ts must correspond.
 *
 * The reader may be seventy and holding a grandchild's old phone. So: short sentences; no pronoun where
 * Vietnamese can do without one, else "mình" (of oneself) or "bà con" (people), because "bạn" to an elder is
 * wrong and "quý vị" is cold; never a word of computing where a word of daily life exists; what happened and
 * what to do, never whose fault. The State's words for its own grades of identification are not ours and are
 * not used: level2 is "đã xác minh bằng căn cước".
 */
import type { ErrorCode } from '../../src/errors.ts';

/** The OpenID Connect scopes that a citizen is asked about. A service's own scopes bring their own words. */
type ScopeName = 'openid' | 'profile' | 'phone' | 'identity' | 'address' | 'offline_access';

type ScopeText = { title: string; detail: string };
/** `text`: what happened. `advice`: what to do now. */
type ErrorText = { title: string; text: string; advice: string };

// The words of a promise: each names what src/oidc/claims gives for the scope, no less and no more.
const scopes: Record<ScopeName, ScopeText> = {
  openid: {
    title: 'Mã riêng của mình ở dịch vụ này',
    detail:
      'Để dịch vụ nhận ra đúng người, và biết đã xác minh bằng căn cước hay chưa. Đây không phải số căn cước.',
  },
  profile: { title: 'Tên và ảnh đại diện', detail: 'Tên và ảnh đang dùng trên Zalo.' },
  phone: { title: 'Số điện thoại', detail: 'Để dịch vụ nhắn tin, gọi lại khi có việc.' },
  identity: {
    title: 'Số định danh và họ tên trên căn cước',
    detail: 'Số định danh cá nhân 12 chữ số và họ tên đã được xác minh.',
  },
  address: { title: 'Nơi ở', detail: 'Địa chỉ đã được xác minh, để gửi giấy tờ đến đúng nhà.' },
  offline_access: {
    title: 'Xem lại khi mình không mở máy',
    detail: 'Dịch vụ xem lại được những điều trên mà không phải hỏi lần nữa.',
  },
};

const tryAgainFromService = 'Xin mở lại dịch vụ rồi bấm đăng nhập một lần nữa.';
const tryLater = 'Xin đợi vài phút rồi thử lại.';
const tellTheService = 'Xin báo cho nơi cung cấp dịch vụ biết và đọc giúp mã ở cuối trang.';
const goToCommune = 'Xin mang căn cước đến ủy ban xã, phường để được cán bộ giúp.';
const goToCommuneToo = 'xin mang căn cước đến ủy ban xã, phường để được cán bộ giúp.';

const errors: Record<ErrorCode, ErrorText> = {
  internal_error: {
    title: 'Hệ thống đang trục trặc',
    text: 'Có lỗi ở phía Tây Ninh ID, không phải do bấm nhầm.',
    advice: 'Xin đợi vài phút rồi thử lại. Nếu vẫn chưa được, xin báo cán bộ và đọc mã ở cuối trang.',
  },
  not_found: {
    title: 'Không có trang này',
    text: 'Đường dẫn vừa mở không đúng hoặc đã cũ.',
    advice: 'Xin mở lại dịch vụ cần dùng và bắt đầu từ đó.',
  },
  bad_request: {
    title: 'Thông tin gửi lên chưa đúng',
    text: 'Tây Ninh ID không đọc được thông tin vừa gửi.',
    advice: 'Xin quay lại, xem kỹ những gì đã điền rồi gửi lại.',
  },
  body_too_large: {
    title: 'Thông tin gửi lên nặng quá',
    text: 'Ảnh hoặc thông tin vừa gửi lớn hơn mức nhận được.',
    advice: 'Xin chọn ảnh nhẹ hơn rồi gửi lại.',
  },
  cross_origin: {
    title: 'Đã chặn để giữ an toàn',
    text: 'Yêu cầu vừa rồi được gửi từ một trang khác, không phải từ Tây Ninh ID.',
    advice: `${tryAgainFromService} Nếu có ai gửi đường dẫn lạ, xin đừng bấm vào.`,
  },
  interaction_expired: {
    title: 'Đã quá giờ đăng nhập',
    text: 'Trang đăng nhập để lâu quá nên được đóng lại cho an toàn.',
    advice: tryAgainFromService,
  },
  interaction_mismatch: {
    title: 'Trang này không còn dùng được',
    text: 'Có một lần đăng nhập khác đang mở trên máy này.',
    advice: `Xin đóng các trang đăng nhập cũ. ${tryAgainFromService}`,
  },
  sign_in_link_expired: {
    title: 'Đường dẫn đã hết hạn',
    text: 'Đường dẫn đăng nhập chỉ dùng được trong ít phút.',
    advice: tryAgainFromService,
  },
  sign_in_link_used: {
    title: 'Đường dẫn đã dùng rồi',
    text: 'Mỗi đường dẫn đăng nhập chỉ dùng được một lần.',
    advice: tryAgainFromService,
  },
  sign_in_other_browser: {
    title: 'Đang mở ở máy hay ứng dụng khác',
    text: 'Lần đăng nhập này bắt đầu ở một ứng dụng hay một máy khác.',
    advice:
      'Xin quay lại đúng nơi đã bấm đăng nhập, hoặc bấm đăng nhập lại ngay tại đây từ dịch vụ cần dùng.',
  },
  account_suspended: {
    title: 'Tài khoản đang tạm khóa',
    text: 'Tài khoản này được tạm khóa để giữ an toàn.',
    advice: goToCommune,
  },
  account_closed: {
    title: 'Tài khoản đã đóng',
    text: 'Tài khoản Tây Ninh ID này không còn dùng nữa.',
    advice: goToCommune,
  },
  zalo_denied: {
    title: 'Chưa đăng nhập',
    text: 'Zalo báo là chưa bấm đồng ý.',
    advice: 'Nếu vẫn muốn đăng nhập, xin thử lại và bấm đồng ý trong Zalo.',
  },
  zalo_refused: {
    title: 'Zalo chưa cho đăng nhập',
    text: 'Zalo đã trả lời nhưng không xác nhận được tài khoản.',
    advice: tryAgainFromService,
  },
  zalo_unavailable: {
    title: 'Chưa nối được với Zalo',
    text: 'Lúc này Zalo không trả lời.',
    advice: tryLater,
  },
  zalo_not_configured: {
    title: 'Chưa mở đăng nhập bằng Zalo',
    text: 'Ở đây hiện chưa đăng nhập bằng Zalo được.',
    advice: 'Xin quay lại sau, hoặc hỏi nơi cung cấp dịch vụ.',
  },
  vneid_denied: {
    title: 'Chưa xác minh',
    text: 'VNeID báo là chưa bấm đồng ý.',
    advice: 'Nếu vẫn muốn xác minh, xin thử lại và bấm đồng ý trong VNeID.',
  },
  vneid_refused: {
    title: 'VNeID chưa xác nhận',
    text: 'VNeID đã trả lời nhưng chưa xác nhận được tài khoản.',
    advice: 'Xin mở ứng dụng VNeID xem còn dùng được không, rồi thử lại.',
  },
  vneid_unavailable: {
    title: 'Chưa nối được với VNeID',
    text: 'Lúc này VNeID không trả lời.',
    advice: tryLater,
  },
  vneid_not_configured: {
    title: 'Chưa mở xác minh bằng VNeID',
    text: 'Ở đây hiện chưa xác minh bằng VNeID được.',
    advice: 'Xin quay lại sau, hoặc hỏi nơi cung cấp dịch vụ.',
  },
  vneid_not_citizen: {
    title: 'Cần tài khoản VNeID của cá nhân',
    text: 'Tài khoản VNeID vừa dùng không phải tài khoản của công dân Việt Nam.',
    advice: 'Xin thử lại bằng tài khoản VNeID của chính mình.',
  },
  vneid_bad_number: {
    title: 'Chưa đọc được số định danh',
    text: 'VNeID chưa gửi số định danh cá nhân đủ 12 chữ số.',
    advice: goToCommune,
  },
  vneid_other_person: {
    title: 'VNeID này của người khác',
    text: 'Tài khoản này đã xác minh cho một người, còn VNeID vừa dùng là của người khác.',
    advice: 'Xin dùng VNeID của chính mình. Nếu đang mượn máy, xin đăng nhập bằng Zalo của mình trước.',
  },
  duplicate_person: {
    title: 'Đã có một tài khoản khác',
    text: 'Căn cước này đã dùng để xác minh một tài khoản Tây Ninh ID khác.',
    advice:
      'Xin đăng nhập bằng tài khoản cũ. Nếu đó không phải của mình, xin mang căn cước đến ủy ban xã, phường.',
  },
  verification_refused: {
    title: 'Chưa xác minh được',
    text: 'Thông tin vừa gửi chưa đủ để xác minh danh tính.',
    advice: goToCommune,
  },
  unauthorized: {
    title: 'Chưa được phép vào đây',
    text: 'Chỗ này chỉ mở cho người hoặc ứng dụng đã được nhận ra.',
    advice: tryAgainFromService,
  },
  busy: {
    title: 'Đang có đông người dùng',
    text: 'Lúc này Tây Ninh ID làm không kịp. Không phải do bấm nhầm, chưa mất gì cả.',
    advice: tryLater,
  },
  card_refused: {
    title: 'Chưa kiểm tra được con chip',
    text: 'Con chip đã đọc được, nhưng Tây Ninh ID chưa kiểm tra được là thẻ thật. Có khi do đọc chưa trọn hoặc thẻ đời mới.',
    advice: `Xin đọc lại một lần. Nếu vẫn chưa được, không sao: ${goToCommuneToo}`,
  },
  card_expired: {
    title: 'Căn cước đã hết hạn',
    text: 'Ngày ghi trên căn cước đã qua, nên chưa dùng để xác minh được.',
    advice: 'Xin làm căn cước mới ở công an xã, phường rồi quay lại xác minh.',
  },
  card_other_person: {
    title: 'Căn cước chưa khớp với tài khoản',
    text: 'Tên hoặc số trên căn cước vừa đọc khác với tài khoản đang dùng.',
    advice: `Xin xem lại có cầm nhầm căn cước của người nhà không. Nếu đúng là của mình, ${goToCommuneToo}`,
  },
  card_limit: {
    title: 'Đã thử nhiều lần, xin nghỉ một lúc',
    text: 'Để giữ an toàn, Tây Ninh ID tạm dừng nhận căn cước sau nhiều lần chưa được.',
    advice: `Xin đợi một lúc rồi thử lại. Nếu cần gấp, ${goToCommuneToo}`,
  },
  card_not_configured: {
    title: 'Chưa mở xác minh bằng chip căn cước',
    text: 'Ở đây hiện chưa xác minh bằng chip căn cước được.',
    advice: 'Xin dùng cách xác minh khác, hoặc quay lại sau.',
  },
  reading_unknown: {
    title: 'Không tìm thấy mã này',
    text: 'Mã vừa quét hoặc vừa gõ không đúng, hoặc đã cũ.',
    advice: 'Xin nhìn lại mã trên màn hình đầu tiên rồi quét hoặc gõ lại.',
  },
  reading_expired: {
    title: 'Đã quá giờ đọc thẻ',
    text: 'Mã đọc thẻ chỉ dùng được trong ít phút, nay đã hết giờ.',
    advice: 'Xin quay lại trang xác minh và bấm đọc chip căn cước một lần nữa để có mã mới.',
  },
  challenge_unusable: {
    title: 'Lần đọc thẻ này quá giờ',
    text: 'Từ lúc bắt đầu đến lúc đọc xong lâu quá, hoặc lần đọc này đã gửi rồi.',
    advice: 'Xin đọc thẻ lại từ đầu và để thẻ sẵn bên cạnh máy.',
  },
  scan_unreadable: {
    title: 'Chưa đọc trọn con chip',
    text: 'Máy mới đọc được một phần, thường do thẻ bị nhích ra. Lần này không tính là lần thử hỏng.',
    advice: 'Xin áp căn cước sát lưng điện thoại, giữ yên đến khi máy báo xong, rồi thử lại.',
  },
  scan_replayed: {
    title: 'Lần đọc này đã dùng rồi',
    text: 'Mỗi lần đọc chip chỉ gửi được một lần, để không ai lấy lại dùng thay mình.',
    advice: 'Xin đọc thẻ lại một lần nữa.',
  },
  invalid_request: {
    title: 'Dịch vụ gọi chưa đúng cách',
    text: 'Dịch vụ vừa mở gửi yêu cầu đăng nhập chưa đúng. Không phải do bấm nhầm.',
    advice: tellTheService,
  },
  invalid_client: {
    title: 'Chưa nhận ra dịch vụ này',
    text: 'Dịch vụ vừa mở chưa được đăng ký với Tây Ninh ID.',
    advice: `${tellTheService} Nếu thấy lạ, xin đừng điền gì thêm.`,
  },
  invalid_redirect_uri: {
    title: 'Chưa rõ đường quay về',
    text: 'Dịch vụ muốn quay về một địa chỉ chưa đăng ký, nên Tây Ninh ID dừng lại cho an toàn.',
    advice: tellTheService,
  },
  unauthorized_client: {
    title: 'Dịch vụ chưa được phép',
    text: 'Dịch vụ vừa mở chưa được phép đăng nhập theo cách này.',
    advice: tellTheService,
  },
  session_expired: {
    title: 'Đã quá giờ đăng nhập',
    text: 'Lần đăng nhập này không còn nữa, vì để lâu quá hoặc máy không lưu lại.',
    advice: tryAgainFromService,
  },
};

export const vi = {
  layout: {
    footer: 'Tây Ninh ID do tỉnh Tây Ninh vận hành, để bà con đăng nhập các dịch vụ của tỉnh.',
  },
  /** Shown where people are about to prove who they are: the commonest fraud is a caller posing as an officer. */
  safety: 'Không đưa mật khẩu hay mã OTP cho ai. Cán bộ không bao giờ gọi điện hỏi những thứ này.',
  home: {
    title: 'Một lần đăng nhập, dùng được nhiều nơi',
    lead: 'Tây Ninh ID giúp dịch vụ của tỉnh biết đúng người, để bà con khỏi khai lại từ đầu ở mỗi nơi.',
    points: [
      {
        title: 'Vào bằng Zalo',
        text: 'Bấm một nút, không phải nhớ thêm mật khẩu. Đủ để hỏi đáp, gửi phản ánh, xem tin.',
      },
      {
        title: 'Xác minh khi có việc quan trọng',
        text: 'Nộp hồ sơ, nhận kết quả thì xác minh bằng căn cước, để không ai mạo danh mình.',
      },
      {
        title: 'Biết rõ đưa gì cho ai',
        text: 'Trang hỏi sẽ ghi rõ dịch vụ nào xin thông tin gì. Không đồng ý thì không đưa.',
      },
    ],
    how: 'Ở trang này không cần làm gì. Khi cần đăng nhập, dịch vụ sẽ tự mở Tây Ninh ID.',
    demo: 'Xem thử một dịch vụ mẫu',
  },
  signIn: {
    title: 'Mời đăng nhập',
    asker: 'Dịch vụ cần đăng nhập',
    lead: 'Bấm nút dưới đây để vào bằng Zalo đang dùng. Không phải nhớ thêm mật khẩu.',
    zalo: 'Đăng nhập bằng Zalo',
    vneid: 'Đăng nhập bằng VNeID',
    vneidHint: 'Dành cho người đã xác minh ở đây bằng VNeID.',
    cancel: (client: string) => `Không đăng nhập, quay lại ${client}`,
  },
  stepUp: {
    verifyTitle: 'Xin xác minh danh tính',
    confirmTitle: 'Xin xác nhận lại là chính mình',
    asker: 'Dịch vụ đang hỏi',
    verifyWhy:
      'Qua Zalo thì biết tài khoản nào đang dùng, nhưng chưa chắc ai đang cầm máy. Việc này quan trọng, nên cần xác minh bằng căn cước, để không ai mạo danh mình.',
    confirmWhy:
      'Tài khoản này đã xác minh bằng căn cước rồi, không phải làm lại từ đầu. Chỉ xác nhận thêm một lần, phòng khi có người khác cầm máy của mình.',
    verifyVneid: 'Xác minh bằng VNeID',
    confirmVneid: 'Xác nhận bằng VNeID',
    vneidHint: 'VNeID là ứng dụng căn cước điện tử của Bộ Công an. Xin dùng tài khoản của chính mình.',
    noMethodTitle: 'Lúc này chưa xác minh được ở đây',
    noMethod: 'Xin lỗi, hiện chưa có cách xác minh nào dùng được. Không phải do bấm nhầm. Xin quay lại sau.',
    declineMeans: 'Chưa muốn xác minh thì vẫn đi tiếp được, nhưng có dịch vụ sẽ không nhận, như nộp hồ sơ.',
    declineConfirmMeans:
      'Chưa muốn xác nhận thì vẫn đi tiếp được, nhưng có dịch vụ sẽ không nhận, như nộp hồ sơ.',
    decline: 'Tiếp tục không xác minh',
    cancel: (client: string) => `Dừng lại, quay về ${client}`,
    verifyCard: 'Xác minh bằng chip căn cước',
    confirmCard: 'Xác nhận bằng chip căn cước',
    cardHint: 'Cần căn cước gắn chip và một điện thoại đọc được chip, của mình hay của người nhà.',
    ending: (date: string, days: number) =>
      `Thẻ căn cước hết hạn ngày ${date}, còn ${days} ngày. Xin làm thẻ mới sớm, rồi xác minh lại bằng thẻ mới.`,
    pendingTitle: 'Hồ sơ đang chờ cán bộ xem',
    pending: (since: string) =>
      `Hồ sơ xác minh của bà con gửi lúc ${since} đang chờ cán bộ xem. Không phải làm lại.`,
    pendingVneid: 'Không muốn chờ thì xác minh bằng VNeID cũng được.',
    declinePendingMeans: 'Trong lúc chờ vẫn đi tiếp được, nhưng có dịch vụ chưa nhận, như nộp hồ sơ.',
  },
  /** The button to the reader app, on this phone or another. */
  cardApp: 'Mở ứng dụng để đọc thẻ',
  cardRead: {
    title: 'Đọc chip căn cước',
    lead: 'Điện thoại sẽ đọc con chip trong căn cước. Xin làm lần lượt từng bước.',
    appHint: 'Bấm mà không mở được, hay máy này không đọc được thẻ? Dùng một điện thoại khác, như dưới đây.',
    steps: [
      'Lấy căn cước gắn chip ra, để sẵn bên cạnh.',
      'Lấy điện thoại đọc được chip, mở máy ảnh và quét hình vuông ở trang này.',
      'Áp căn cước vào lưng điện thoại đó, giữ yên đến khi máy báo xong.',
    ],
    qrLabel: 'Hình vuông để điện thoại khác quét',
    codeLabel: 'Không quét được thì mở ứng dụng đọc thẻ, gõ mã này:',
    lenderTitle: 'Chỉ mượn máy của người tin cậy',
    lender: 'Máy đọc thẻ sẽ thấy tên, số và ảnh trên căn cước, nên chủ máy cũng xem được.',
    waiting: 'Đang chờ thẻ. Đọc xong, trang này tự đi tiếp.',
    finished: 'Đã nhận được thẻ. Đang đi tiếp…',
    next: 'Tôi đã đọc thẻ xong',
  },
  cardHelper: {
    title: 'Đọc căn cước cho màn hình kia',
    lead: 'Máy này chỉ đọc con chip rồi gửi sang màn hình đã hiện mã. Xin xem kỹ trước khi bấm.',
    points: [
      {
        title: 'Chỉ làm khi chủ thẻ đang ở ngay đây',
        text: 'Chủ thẻ phải tự mở trang ở màn hình kia. Nếu có ai nhắn tin hay gọi điện bảo làm, xin dừng lại: họ muốn mạo danh mình.',
      },
      {
        title: 'Chủ máy này sẽ thấy thông tin trên thẻ',
        text: 'Đó là tên, số và ảnh trên căn cước. Chỉ mượn máy của người tin cậy.',
      },
      {
        title: 'Máy này không được đăng nhập',
        text: 'Đọc xong, chỉ màn hình kia đi tiếp. Máy này không nhận được gì.',
      },
    ],
    code: 'Mở ứng dụng đọc thẻ, gõ mã này:',
    codeInstead: 'Bấm mà không mở được thì tự mở ứng dụng đọc thẻ, gõ mã này:',
    reader: 'Dùng máy đọc thẻ ảo để thử',
  },
  cardWaiting: {
    title: 'Đã đọc xong, đang chờ cán bộ xem',
    lead: (since: string) => `Hồ sơ xác minh của bà con đã gửi lúc ${since}. Cán bộ sẽ xem và xác nhận.`,
    points: [
      {
        title: 'Không phải làm gì thêm',
        text: 'Không ai gọi điện xin mã hay thu tiền cho việc này.',
      },
      {
        title: 'Quay lại lúc nào cũng được',
        text: 'Mở lại dịch vụ và đăng nhập như thường. Hồ sơ vẫn còn, không phải đọc thẻ lần nữa.',
      },
    ],
    cancel: (client: string) => `Quay về ${client}`,
  },
  consent: {
    title: 'Cho phép đưa thông tin?',
    asker: 'Dịch vụ xin thông tin',
    lead: 'Nếu đồng ý, Tây Ninh ID sẽ đưa cho dịch vụ này:',
    note: 'Chỉ đưa những điều ghi ở trên.',
    approve: 'Đồng ý',
    cancel: 'Không đồng ý',
  },
  error: {
    code: 'Mã lỗi',
    requestId: 'Mã yêu cầu',
    helpdesk: 'Khi gọi nhờ giúp, xin đọc hai mã này:',
    back: 'Quay lại',
  },
  signOut: {
    title: 'Đăng xuất khỏi Tây Ninh ID?',
    asker: 'Dịch vụ vừa dùng',
    text: 'Đăng xuất thì mọi dịch vụ đã vào bằng Tây Ninh ID trên máy này đều thoát ra.',
    stayMeans: 'Ở lại thì chỉ thoát dịch vụ vừa dùng, các dịch vụ khác vẫn giữ nguyên.',
    submit: 'Đăng xuất',
    stay: 'Ở lại',
  },
  signedOut: {
    title: 'Đã đăng xuất',
    text: 'Máy này không còn đăng nhập Tây Ninh ID nữa. Có thể đóng trang này.',
    clientTitle: (client: string) => `Đã thoát khỏi ${client}`,
    clientText: 'Máy này vẫn đang đăng nhập Tây Ninh ID cho các dịch vụ khác. Có thể đóng trang này.',
    shared: 'Nếu đang mượn máy của người khác, xin thoát cả Zalo của mình.',
  },
  scopes,
  errors,
};

/** What every language must say: en.ts does not compile while one sentence is missing. */
export type Messages = typeof vi;
