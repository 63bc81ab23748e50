/** The sentences of the step out of the Mini App, in Vietnamese; how they are said stands in vi.ts. */
export const miniApp = {
  open: {
    asker: 'Đang mở từ',
    stepUpTitle: 'Xác nhận đúng là mình',
    accountTitle: 'Mở trang tài khoản',
    lead: 'Trang này mở cho một tài khoản Zalo. Xin xem có đúng tài khoản của mình không.',
    account: 'Tài khoản Zalo',
    noName: 'Zalo chưa cho biết tên',
    otherSignedIn: 'Máy này đang dùng một tài khoản khác. Đi tiếp thì tài khoản đó sẽ thoát ra.',
    submit: 'Đúng là mình, đi tiếp',
    cancel: 'Không phải mình',
    safety:
      'Chỉ đi tiếp khi vừa tự tay bấm trên máy này. Nếu có ai gửi đường dẫn này cho mình thì xin dừng lại: họ muốn mượn căn cước của mình.',
  },
  back: {
    doneTitle: 'Đã xác nhận xong',
    done: (client: string) => `Giờ quay lại ${client} để làm tiếp.`,
    notDoneTitle: 'Chưa xác nhận',
    notDone: (client: string) => `Chưa có gì thay đổi. Quay lại ${client}, khi nào cần thì làm lại.`,
    go: (client: string) => `Quay lại ${client}`,
    close: (client: string) => `Bấm nút đóng hoặc quay lại ở góc trên màn hình để về ${client}.`,
  },
};
