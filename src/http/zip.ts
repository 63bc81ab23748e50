/** Several files in one download, written as they come: whatever their length, only a part is in memory. */
import { Zip, ZipDeflate } from 'fflate';

export type ZipEntry = { name: string; parts: AsyncIterable<string | Uint8Array> };

/** Entries are asked for one after the other: a later one may depend on what an earlier one gave. */
export async function* zipFiles(entries: AsyncIterable<ZipEntry>, at: Date): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    ready.push(chunk);
  });
  for await (const { name, parts } of entries) {
    const file = new ZipDeflate(name, { level: 6 });
    file.mtime = at;
    zip.add(file);
    for await (const part of parts) {
      file.push(Buffer.from(part));
      yield* ready.splice(0);
    }
    file.push(new Uint8Array(), true);
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready.splice(0);
}
