/**
 * Arrays as the hot path sends them to PostgreSQL. The driver would quote each element, and send bytes in hex: that costs
 * more than the question itself.
 */
const BYTEA = 17;
const HEAD = 20;
const NULL = -1;

/** `bytea[]` in binary (array_recv); a string stands for its bytes (latin1). */
export function toByteaArray(items: readonly (Buffer | string | null)[]): Buffer {
  let length = HEAD;
  for (const item of items) length += 4 + (item?.length ?? 0);
  const array = Buffer.allocUnsafe(length);
  array.writeInt32BE(1, 0); // dimensions
  array.writeInt32BE(items.includes(null) ? 1 : 0, 4); // whether there is a NULL in it
  array.writeInt32BE(BYTEA, 8);
  array.writeInt32BE(items.length, 12);
  array.writeInt32BE(1, 16); // the first index
  let at = HEAD;
  for (const item of items) {
    at = array.writeInt32BE(item?.length ?? NULL, at);
    if (typeof item === 'string') at += array.write(item, at, 'latin1');
    else if (item) at += item.copy(array, at);
  }
  return array;
}

/** An array of text, or of what is written as text: of `uuid`, of `timestamptz`. */
export function toTextArray(items: readonly (string | Date | null)[]): string {
  return `{${items.map(sayElement).join(',')}}`;
}

function sayElement(item: string | Date | null): string {
  if (item === null) return 'NULL';
  if (typeof item !== 'string') return item.toISOString();
  if (/^[\w.:+-]+$/.test(item) && !/^null$/i.test(item)) return item;
  return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
