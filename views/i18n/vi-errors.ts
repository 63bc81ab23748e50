/** What is said when a request cannot go on, in Vietnamese; how it is said stands in vi.ts. */
import type { ErrorCode } from '../../src/errors.ts';

/** `text`: what happened. `advice`: what to do now. */
export type ErrorTexts = Record<ErrorCode, { title: string; text: string; advice: string }>;

const tryAgainFromService = 'Xin mở lại dịch vụ rồi bấm đăng nhập một lần nữa.';
const tryLater = 'Xin đợi vài phút rồi thử lại.';
const tellTheService = 'Xin báo cho nơi cung cấp dịch vụ biết và đọc giúp mã ở cuối trang.';
const goToCommune = 'Xin mang căn cước đến ủy ban xã, phường để được cán bộ giúp.';
const goToCommuneToo = 'xin mang căn cước đến ủy ban xã, phường để được cán bộ giúp.';

export const errors: ErrorTexts = {
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
    title: 'Gửi lên nặng quá',
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
  passkey_refused: {
    title: 'Khóa này không dùng được ở đây',
    text: 'Khóa vừa dùng không phải của tài khoản này, đã bị bỏ, hoặc trang để lâu quá.',
    advice: 'Xin quay lại thử một lần nữa, hoặc đăng nhập bằng Zalo.',
  },
  passkey_unusable: {
    title: 'Lúc này chưa vào được bằng khóa',
    text: 'Khóa thì đúng, nhưng tài khoản cần được xác minh lại trước.',
    advice: 'Xin quay lại, đăng nhập bằng Zalo, rồi xác minh lại bằng VNeID hoặc căn cước.',
  },
  handle_unusable: {
    title: 'Đường dẫn không còn dùng được',
    text: 'Đường dẫn mở từ ứng dụng chỉ dùng được một lần, trong một phút, trên máy đã bấm.',
    advice: 'Xin quay lại ứng dụng trong Zalo rồi bấm lại. Đừng mở đường dẫn do người khác gửi.',
  },
  handle_other_account: {
    title: 'Không phải tài khoản đã mở trang',
    text: 'Trang này mở cho một tài khoản Zalo khác với tài khoản vừa đăng nhập, nên đã dừng lại cho an toàn.',
    advice:
      'Nếu có người gửi cho đường dẫn này, xin đừng làm theo. Muốn dùng thì tự mở ứng dụng trong Zalo của mình.',
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
    title: 'Chưa liên lạc được với Zalo',
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
    advice: 'Xin mở ứng dụng VNeID xem có vào được không, rồi thử lại.',
  },
  vneid_unavailable: {
    title: 'Chưa liên lạc được với VNeID',
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
    text: 'VNeID chưa gửi đủ 12 số của số định danh cá nhân.',
    advice: goToCommune,
  },
  vneid_other_person: {
    title: 'VNeID này của người khác',
    text: 'Tài khoản này đã xác minh cho một người, còn VNeID vừa dùng là của người khác.',
    advice: 'Xin dùng VNeID của chính mình. Nếu đang mượn máy, xin đăng nhập bằng Zalo của mình trước.',
  },
  duplicate_person: {
    title: 'Đã có một tài khoản khác',
    text: 'Căn cước này đã xác minh cho một tài khoản Tây Ninh ID khác.',
    advice:
      'Xin đăng nhập bằng tài khoản đó. Nếu không phải của mình, xin mang căn cước đến ủy ban xã, phường.',
  },
  verification_refused: {
    title: 'Chưa xác minh được',
    text: 'Thông tin vừa gửi chưa đủ để xác minh danh tính.',
    advice: goToCommune,
  },
  forbidden: {
    title: 'Không có quyền làm việc này',
    text: 'Tài khoản cán bộ đang dùng không được giao việc này.',
    advice: 'Nếu cần làm, xin cán bộ phụ trách giao quyền.',
  },
  unauthorized: {
    title: 'Chưa được phép vào đây',
    text: 'Chỗ này chỉ mở cho người đã đăng nhập, hoặc ứng dụng đã đăng ký.',
    advice: tryAgainFromService,
  },
  busy: {
    title: 'Đang có đông người dùng',
    text: 'Lúc này Tây Ninh ID làm không kịp. Không phải do bấm nhầm, chưa mất gì cả.',
    advice: tryLater,
  },
  unanswered: {
    title: 'Chưa có trả lời',
    text: 'Một phần của Tây Ninh ID chưa trả lời kịp. Không phải do bấm nhầm. Việc vừa làm có thể đã xong, có thể chưa.',
    advice: 'Xin đợi một phút rồi xem lại việc vừa làm. Nếu chưa xong, xin làm lại.',
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
  too_many_requests: {
    title: 'Đang đông người, xin đợi một phút',
    text: 'Mạng đang dùng có quá nhiều lượt vào cùng một lúc, nên Tây Ninh ID tạm chưa nhận thêm.',
    advice: 'Xin đợi một phút rồi thử lại. Nếu vẫn vậy, thử bằng mạng khác.',
  },
  card_limit: {
    title: 'Đã thử nhiều lần, xin nghỉ một lúc',
    text: 'Đã nhiều lần chưa được, nên Tây Ninh ID tạm chưa nhận căn cước một lúc để giữ an toàn.',
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
