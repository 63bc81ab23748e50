/**
 * Arrays of bytes as PostgreSQL takes them in binary (array_recv). The driver would send each element as text, escaped and
 * in hex, which costs the hot path more than the question itself.
 */
const BYTEA = 17;
const HEAD = 20;

/** `bytea[]` of strings of bytes (latin1). */
export function toByteaArray(items: readonly string[]): Buffer {
  const array = Buffer.allocUnsafe(items.reduce((length, item) => length + 4 + item.length, HEAD));
  array.writeInt32BE(1, 0); // dimensions
  array.writeInt32BE(0, 4); // no NULL in it
  array.writeInt32BE(BYTEA, 8);
  array.writeInt32BE(items.length, 12);
  array.writeInt32BE(1, 16); // the first index
  let at = HEAD;
  for (const item of items) {
    at = array.writeInt32BE(item.length, at);
    at += array.write(item, at, 'latin1');
  }
  return array;
}
