/** Signing in on another device, and the way back by a form, in Vietnamese; how it is said stands in vi.ts. */
export const devices = {
  enter: {
    title: 'Gõ mã trên màn hình',
    lead: 'Máy ở quầy đang hiện một mã 8 chữ. Gõ đúng mã đó vào đây để đăng nhập trên máy ở quầy.',
    scannedTitle: 'Đã đọc được mã',
    scannedLead: 'So lại với mã trên màn hình máy ở quầy. Giống nhau thì bấm tiếp tục.',
    label: 'Mã trên màn hình',
    submit: 'Tiếp tục',
    safety: 'Mã phải hiện trên chiếc máy ngay trước mặt mình. Không gõ mã do người khác gửi hay đọc cho.',
    faults: {
      unknown: 'Mã chưa đúng. Xin nhìn lại màn hình rồi gõ lại.',
      expired: 'Mã này đã hết hạn. Xin bấm lấy mã mới trên máy.',
      used: 'Mã này đã dùng rồi. Xin bấm lấy mã mới trên máy.',
      other: 'Chưa làm được. Xin gõ lại mã trên màn hình.',
    },
  },
  confirm: {
    asker: 'Máy xin đăng nhập vào',
    title: 'Cho máy này đăng nhập?',
    lead: (app: string) => `Máy đó sẽ dùng ${app} bằng tài khoản của mình.`,
    codeLabel: 'Mã trên màn hình máy phải đúng là:',
    since: (when: string) => `Máy xin đăng nhập lúc ${when}.`,
    warnTitle: 'Coi chừng bị lừa',
    warn: 'Chỉ bấm cho phép khi chiếc máy ở ngay trước mặt và hiện đúng mã này. Nếu ai đó gửi mã hay đường dẫn này qua điện thoại, Zalo, tin nhắn thì đừng bấm: họ đang tìm cách vào tài khoản của mình.',
    submit: 'Đúng máy này, cho phép',
    abort: 'Không phải, dừng lại',
  },
  done: {
    title: 'Xong rồi',
    text: (app: string) => `Xin nhìn lại máy kia: ${app} đang tự đi tiếp. Có thể đóng trang này.`,
    shared: 'Máy dùng chung thì khi xong việc nhớ đăng xuất trên máy đó.',
  },
  stopped: {
    title: 'Đã dừng lại',
    text: 'Máy kia không được đăng nhập, và mã đó không dùng được nữa.',
  },
  formPost: {
    title: 'Đang trở lại…',
    lead: 'Nếu trang không tự chuyển, xin bấm nút bên dưới.',
    submit: 'Tiếp tục',
  },
};
