/**
 * Reads one file out of a posted form (multipart/form-data, RFC 7578), in memory and bounded. What is somewhat too large is
 * read to its end and thrown away, so that the browser shows our page and not a broken connection.
 */
import { AppError } from '../errors.ts';
import type { Context } from './state.ts';

/** Room for what stands around the file. */
const AROUND = 4 * 1024;
/** Beyond this nothing is read on. */
const PATIENCE = 32 * 1024 * 1024;

export type Upload =
  | { bytes: Buffer; fault?: undefined }
  | { bytes?: undefined; fault: 'none' | 'too_large' };

export async function readUpload(ctx: Context, field: string, most: number): Promise<Upload> {
  if (!ctx.is('multipart/form-data')) throw new AppError('bad_request');
  if ((ctx.request.length ?? 0) > PATIENCE) {
    ctx.set('Connection', 'close');
    throw new AppError('body_too_large');
  }
  const body = await readBody(ctx, most + AROUND);
  if (!body) return { fault: 'too_large' };
  const file = await readFile(body, ctx.get('Content-Type'), field);
  if (!file || file.length === 0) return { fault: 'none' };
  return file.length > most ? { fault: 'too_large' } : { bytes: file };
}

/** The whole body; undefined when it is more than that. */
async function readBody(ctx: Context, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of ctx.req) {
    length += (chunk as Buffer).length;
    if (length > PATIENCE) {
      ctx.set('Connection', 'close');
      throw new AppError('body_too_large');
    }
    if (length <= most) chunks.push(chunk as Buffer);
  }
  return length <= most ? Buffer.concat(chunks) : undefined;
}

/** Node reads multipart itself, as an answer of `fetch` would be read. */
async function readFile(body: Buffer, type: string, field: string): Promise<Buffer | undefined> {
  let part: unknown;
  try {
    const form = await new Response(Uint8Array.from(body), { headers: { 'content-type': type } }).formData();
    part = form.get(field);
  } catch (cause) {
    throw new AppError('bad_request', { cause });
  }
  return part instanceof Blob ? Buffer.from(await part.arrayBuffer()) : undefined;
}
