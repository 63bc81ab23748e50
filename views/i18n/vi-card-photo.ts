/** The photo for the officer, and what an officer said: the sentences in Vietnamese; how they are said stands in vi.ts. */
export const cardPhoto = {
  title: 'Chụp một tấm ảnh khuôn mặt',
  againTitle: 'Chụp lại ảnh khuôn mặt',
  lead: 'Cán bộ đặt ảnh này cạnh ảnh trong căn cước, để chắc đúng là mình. Có ảnh thì được duyệt từ xa.',
  points: [
    'Nhìn thẳng vào máy, thấy rõ cả khuôn mặt, ở chỗ sáng.',
    'Bỏ khẩu trang, kính đen, mũ.',
    'Chụp người thật. Ảnh chụp lại từ giấy hay màn hình thì không dùng được.',
  ],
  field: 'Ảnh khuôn mặt',
  fieldHint: 'Bấm để mở máy ảnh. Ảnh không quá 5 MB.',
  consent:
    'Bấm nút dưới đây là đồng ý cho Tây Ninh ID dùng ảnh khuôn mặt này (dữ liệu cá nhân nhạy cảm) chỉ để xác minh lần này. Người xem là cán bộ giữ hồ sơ, không phải máy. Ảnh được cất kín và xóa chậm nhất sau 90 ngày.',
  submit: 'Đồng ý và gửi ảnh',
  skip: 'Không chụp, sẽ ra ủy ban xã, phường',
  skipHint: 'Không bắt buộc. Không chụp thì đem căn cước ra ủy ban xã, phường, cán bộ xem mặt tại chỗ.',
  /** On other pages. */
  link: 'Chụp ảnh gửi cán bộ',
  linkAgain: 'Chụp lại ảnh',
  sent: 'Cán bộ đã nhận được ảnh của bà con.',
  missing: 'Muốn được duyệt từ xa thì chụp thêm một tấm ảnh khuôn mặt. Không thì đem căn cước ra xã.',
  /** What an officer asks again, by reason. */
  asked: {
    photo_missing: 'Cán bộ cần một tấm ảnh khuôn mặt của bà con.',
    photo_unclear: 'Ảnh gửi lần trước chưa rõ mặt. Xin chụp lại ở chỗ sáng, thấy cả khuôn mặt.',
    portrait_unreadable: 'Ảnh trong thẻ đọc lần trước không xem được. Xin đọc thẻ lại một lần nữa.',
    come_to_desk: 'Cán bộ cần gặp bà con. Xin đem căn cước ra ủy ban xã, phường.',
  },
  /** Why an officer refused, as the citizen reads it. */
  refused: {
    another_face: 'Lần xác minh trước chưa được: cán bộ thấy ảnh chụp và ảnh trong căn cước chưa giống nhau.',
    not_live: 'Lần xác minh trước chưa được: ảnh gửi lên là ảnh chụp lại, không phải người thật.',
    misuse_suspected: 'Lần xác minh trước chưa được: cán bộ chưa chắc đây là chủ căn cước.',
  },
  refusedAdvice: 'Có thể làm lại, hoặc đem căn cước ra ủy ban xã, phường để được giúp.',
  faults: {
    none: 'Chưa có ảnh. Xin bấm vào ô bên dưới để chụp.',
    not_a_photo: 'Tệp này không phải ảnh JPEG hoặc PNG, hoặc bị hỏng. Xin chụp lại.',
    too_large: 'Ảnh lớn quá 5 MB. Xin chụp bằng máy ảnh trước, hoặc chọn cỡ ảnh nhỏ hơn.',
  },
};
