/**
 * The sentences of notices to citizens, in Vietnamese; how they are said stands in vi.ts. They stand on the account
 * page, and Zalo's templates hold the same words (docs/operations.md): what happened, and what to do if it was not you.
 */
import type { noticeKinds } from '../../src/config-upstreams.ts';

type NoticeKind = (typeof noticeKinds)[number];
/** Ready strings: a day, and a browser in words. */
export type NoticeParts = { date: string; device: string };
type Kind = { title: string; text: (parts: NoticeParts) => string };

export const notices = {
  /** How a notice reached the citizen; of one that is on its way nothing is said. */
  sent: 'Đã nhắn qua Zalo.',
  kept: 'Chỉ ghi ở đây.',
  older: 'Xem tin cũ hơn',
  newest: 'Về tin mới nhất',
  kinds: {
    level2_granted: {
      title: 'Đã xác minh bằng căn cước',
      text: () => 'Từ nay nộp hồ sơ, nhận kết quả trên mạng được.',
    },
    level2_refused: {
      title: 'Chưa xác minh được',
      text: () =>
        'Lần xác minh vừa rồi chưa được chấp nhận. Có thể thử lại bằng VNeID, hoặc mang căn cước đến ủy ban xã, phường để được giúp.',
    },
    level2_asked: {
      title: 'Cán bộ cần thêm để xác minh',
      text: () =>
        'Hồ sơ xác minh đang chờ bà con làm thêm một việc. Xin mở lại dịch vụ đang dùng, đăng nhập, ở đó ghi rõ việc cần làm.',
    },
    level2_ended: {
      title: 'Mức xác minh đã dừng',
      text: () =>
        'Mức đã xác minh bằng căn cước không còn dùng được. Việc quan trọng thì phải xác minh lại bằng VNeID hoặc căn cước.',
    },
    level2_ending: {
      title: 'Căn cước sắp hết hạn',
      text: ({ date }) =>
        `Căn cước đã dùng để xác minh có giá trị đến hết ngày ${date}. Sau ngày đó phải xác minh lại bằng căn cước mới. Xin đi đổi căn cước sớm.`,
    },
    level2_elsewhere: {
      title: 'Có người dùng căn cước này ở tài khoản khác',
      text: () =>
        'Một tài khoản Zalo khác vừa đưa căn cước hoặc VNeID của mình ra để xác minh, và đã bị từ chối. Nếu không phải mình làm, xin báo ủy ban xã, phường.',
    },
    new_device: {
      title: 'Đăng nhập trên máy mới',
      text: ({ device }) =>
        `Tài khoản vừa được dùng trên một máy mới: ${device}. Nếu không phải mình, xin mở trang tài khoản, phần "Máy đang đăng nhập", cho máy đó thoát ra.`,
    },
    pin_set: {
      title: 'Đã đặt mã PIN',
      text: () => 'Tài khoản vừa có mã PIN. Nếu không phải mình đặt, xin vào trang tài khoản bỏ đi ngay.',
    },
    pin_reset: {
      title: 'Mã PIN đã đổi',
      text: () => 'Mã PIN vừa được đổi. Nếu không phải mình đổi, xin vào trang tài khoản bỏ đi ngay.',
    },
    pin_locked: {
      title: 'Gõ sai mã PIN nhiều lần',
      text: () =>
        'Mã PIN bị gõ sai nhiều lần nên tạm khóa một lúc. Nếu không phải mình gõ thì có người đang dùng Zalo của mình: xin đổi mật khẩu Zalo ngay.',
    },
    passkey_added: {
      title: 'Đã thêm khóa trên máy',
      text: () =>
        'Tài khoản vừa có thêm một khóa trên máy. Nếu không phải mình thêm, xin vào trang tài khoản bỏ đi ngay.',
    },
    passkey_removed: {
      title: 'Đã bỏ khóa trên máy',
      text: () => 'Một khóa trên máy vừa được bỏ khỏi tài khoản.',
    },
    phone_quarantined: {
      title: 'Số điện thoại cần xác nhận',
      text: () =>
        'Số điện thoại của tài khoản có dấu hiệu đổi chủ, nên chưa báo cho dịch vụ nào. Nếu vẫn là số của mình, xin xác minh bằng VNeID hoặc căn cước.',
    },
    phone_moved: {
      title: 'Số điện thoại đã sang tài khoản khác',
      text: () =>
        'Số điện thoại này nay do một tài khoản Zalo khác giữ. Nếu vẫn đang dùng số này, xin mở Tây Ninh Smart trong Zalo rồi cho biết số lại.',
    },
    account_suspended: {
      title: 'Tài khoản bị tạm khóa',
      text: () => 'Tài khoản đang tạm khóa, chưa đăng nhập được. Muốn biết lý do, xin hỏi ủy ban xã, phường.',
    },
    account_reinstated: {
      title: 'Tài khoản đã mở lại',
      text: () => 'Đã đăng nhập lại được như trước.',
    },
    account_closing: {
      title: 'Tài khoản sắp đóng',
      text: ({ date }) =>
        `Tài khoản sẽ đóng vào ngày ${date}. Đổi ý, hoặc không phải mình yêu cầu, thì vào trang tài khoản bấm giữ lại trước ngày đó.`,
    },
    account_closing_cancelled: {
      title: 'Tài khoản được giữ lại',
      text: () => 'Tài khoản không đóng nữa, vẫn dùng như trước.',
    },
    sessions_ended: {
      title: 'Mọi máy đã thoát ra',
      text: () =>
        'Cán bộ đã cho mọi máy đang dùng tài khoản thoát ra. Muốn dùng tiếp thì đăng nhập lại. Lý do có trong Sổ ghi ở trang tài khoản.',
    },
    report_confirmed: {
      title: 'Đã xem điều bà con báo: có người khác vào',
      text: () =>
        'Cán bộ đã xem, và thấy đúng là người khác đã vào tài khoản. Người đó không vào được nữa. Xin đổi mật khẩu Zalo, rồi xác minh lại khi có việc quan trọng.',
    },
    report_harmless: {
      title: 'Đã xem điều bà con báo: không có người lạ',
      text: () =>
        'Cán bộ đã xem, và thấy việc đó do chính máy hoặc dịch vụ của mình, không có người lạ. Xác minh lại là dùng được như trước.',
    },
    report_unclear: {
      title: 'Đã xem điều bà con báo: chưa rõ là ai',
      text: () =>
        'Cán bộ đã xem nhưng chưa rõ là ai. Để an toàn, máy nào cũng phải đăng nhập lại. Xin đổi mật khẩu Zalo, rồi xác minh lại khi có việc quan trọng.',
    },
    duplicate_stays: {
      title: 'Tài khoản này giữ nguyên',
      text: () =>
        'Có một tài khoản khác đưa ra cùng căn cước. Cán bộ đã xem: tài khoản này vẫn là tài khoản đã xác minh. Không phải làm gì thêm.',
    },
    duplicate_prove: {
      title: 'Nay xác minh được ở tài khoản này',
      text: () =>
        'Cán bộ đã xem hai tài khoản có cùng căn cước và chọn tài khoản này. Giờ xin xác minh lại bằng VNeID hoặc căn cước.',
    },
    duplicate_other: {
      title: 'Tài khoản này không được xác minh',
      text: () =>
        'Căn cước này thuộc về một tài khoản khác, hoặc cán bộ chưa rõ là của ai. Các việc thường vẫn làm được. Không đồng ý thì mang căn cước đến ủy ban xã, phường.',
    },
  } as Record<NoticeKind, Kind>,
};
