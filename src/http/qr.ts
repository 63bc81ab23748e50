/** A QR code (ISO/IEC 18004) as one small SVG path: sharp at every size, and no image request. */
import qrcode from 'qrcode-generator';

const QUIET = 4;

/** @param text what the code says; correction level M, smallest version that fits. @returns SVG markup. */
export function drawQr(text: string): string {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  let path = '';
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (!code.isDark(row, column)) continue;
      let width = 1;
      while (column + width < count && code.isDark(row, column + width)) width += 1;
      path += `M${column + QUIET} ${row + QUIET}h${width}v1h-${width}z`;
      column += width;
    }
  }
  const size = count + 2 * QUIET;
  return `<svg viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path d="${path}"/></svg>`;
}
