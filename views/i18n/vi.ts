/**
 * Every sentence a citizen reads, in Vietnamese: the source of truth, to which en.ts must correspond.
 *
 * The reader may be seventy and holding a grandchild's old phone. So: short sentences; no pronoun where
 * Vietnamese can do without one, else "mình" (of oneself) or "bà con" (people), because "bạn" to an elder is
 * wrong and "quý vị" is cold; never a word of computing where a word of daily life exists; what happened and
 * what to do, never whose fault. The State's words for its own grades of identification are not ours and are
 * not used: level2 is "đã xác minh bằng căn cước".
 */

import { account } from './vi-account.ts';
import { cardPhoto } from './vi-card-photo.ts';
import { officers } from './vi-console.ts';
import { books } from './vi-console-books.ts';
import { cases } from './vi-console-cases.ts';
import { citizens } from './vi-console-citizens.ts';
import { clients } from './vi-console-clients.ts';
import { desk } from './vi-desk.ts';
import { devices } from './vi-devices.ts';
import { errors } from './vi-errors.ts';
import { factors } from './vi-factors.ts';
import { miniApp } from './vi-mini-app.ts';
import { notices } from './vi-notices.ts';

/** The OpenID Connect scopes that a citizen is asked about. A service's own scopes bring their own words. */
type ScopeName = 'openid' | 'profile' | 'phone' | 'identity' | 'address' | 'offline_access';

type ScopeText = { title: string; detail: string };

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
    detail: 'Số định danh cá nhân 12 chữ số và họ tên đã được xác minh; thêm ngày sinh nếu dịch vụ hỏi.',
  },
  address: { title: 'Nơi ở', detail: 'Địa chỉ đã được xác minh, để gửi giấy tờ đến đúng nhà.' },
  offline_access: {
    title: 'Xem lại khi mình không mở máy',
    detail: 'Dịch vụ xem lại được những điều trên mà không phải hỏi lần nữa.',
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
    leadToo: 'Dùng khóa đã đặt trên máy này, hoặc vào bằng Zalo.',
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
    noMethod:
      'Xin lỗi bà con, lúc này chưa có cách xác minh nào dùng được. Không phải do bấm nhầm. Xin quay lại sau.',
    declineMeans: 'Chưa muốn xác minh thì vẫn đi tiếp được, nhưng có dịch vụ sẽ không nhận, như nộp hồ sơ.',
    declineConfirmMeans:
      'Chưa muốn xác nhận thì vẫn đi tiếp được, nhưng có dịch vụ sẽ không nhận, như nộp hồ sơ.',
    decline: 'Tiếp tục không xác minh',
    cancel: (client: string) => `Dừng lại, quay về ${client}`,
    verifyCard: 'Xác minh bằng chip căn cước',
    confirmCard: 'Xác nhận bằng chip căn cước',
    cardHint: 'Cần căn cước gắn chip và một điện thoại đọc được chip, của mình hay của người nhà.',
    // In three steps: two months, one month, one week before the last day.
    ending: (date: string, days: number) => {
      if (days <= 7) {
        return `Chỉ còn ${days} ngày là căn cước hết hạn (${date}). Qua ngày đó, muốn nộp hồ sơ thì phải xác minh lại bằng căn cước mới.`;
      }
      if (days <= 30) {
        return `Căn cước hết hạn ngày ${date}, còn ${days} ngày. Xin đi làm căn cước mới ngay, rồi xác minh lại.`;
      }
      return `Căn cước hết hạn ngày ${date}, còn ${days} ngày. Xin đi làm căn cước mới sớm, rồi xác minh lại.`;
    },
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
    next: 'Đã đọc thẻ xong',
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
    note: 'Chỉ đưa những điều ghi ở trên. Đồng ý rồi vẫn rút lại được ở trang tài khoản.',
    approve: 'Đồng ý',
    approveAll: 'Đồng ý tất cả',
    chooseHint: 'Chỉ muốn cho vài điều? Đánh dấu vào ô ở trên, rồi bấm nút này.',
    choose: 'Chỉ đồng ý những điều đã chọn',
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
  account,
  devices,
  factors,
  notices,
  miniApp,
  cardPhoto,
  console: { ...officers, cases, citizens, clients },
  books,
  desk,
};

/** What every language must say: en.ts does not compile while one sentence is missing. */
export type Messages = typeof vi;
