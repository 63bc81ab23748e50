/** A QR code (ISO/IEC 18004) as one small SVG path: sharp at every size, no image request, about 2 KB. */
import qrcode from 'qrcode-generator';

/**
 * @param text what the code says; correction level M, the smallest version that fits.
 * @returns SVG markup without a quiet zone: the page's stylesheet gives the four modules of white around it.
 */
export function drawQr(text: string): string {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  let path = '';
  for (let row = 0; row < size; row += 1) {
    let end = 0;
    path += row === 0 ? 'M0 .5' : `M0 ${row}.5`;
    for (let column = 0; column < size; column += 1) {
      let run = 0;
      while (column + run < size && code.isDark(row, column + run)) run += 1;
      if (run === 0) continue;
      path += `${column > end ? `m${column - end} 0` : ''}h${run}`;
      column += run;
      end = column;
    }
  }
  return `<svg viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path stroke="#000" d="${path}"/></svg>`;
}
