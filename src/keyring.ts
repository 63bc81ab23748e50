/**
 * The keyring: everything that is kept secret at rest hangs from the operator's master keys.
 *
 * `seal`/`open` encrypt what is kept (AES-256-GCM, random 96-bit nonce, NIST SP 800-38D). `index` hashes what
 * must be found again without being readable (HMAC-SHA-256). Sub-keys come from HKDF (RFC 5869), one a
 * purpose, so that a sealed value of one kind can never be opened as another. The first byte of every output
 * is the id of the master key that made it. Sealed values use the first (newest) key of the list and old ones
 * stay readable; keyed hashes always use the last (oldest), because a hash made anew would no longer find its row.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** One master key: an id from 1 to 255 and 32 random bytes. */
export type MasterKey = { id: number; key: Buffer };

export type Purpose =
  | 'person'
  | 'identity'
  | 'name'
  | 'phone'
  | 'factor'
  | 'login'
  | 'artefact'
  | 'signing-key'
  | 'upstream-token'
  | 'evidence'
  | 'subject'
  | 'cookie'
  | 'dpop-nonce'
  | 'refresh-token';

const NONCE = 12;
const TAG = 16;

export class Keyring {
  readonly #keys: Map<number, Buffer>;
  readonly #current: number;
  readonly #oldest: number;
  readonly #derived = new Map<string, Buffer>();
  readonly #ready = new Map<string, KeyObject>();
  #nonces = Buffer.alloc(0);

  /** @param keys newest first; at least one. */
  constructor(keys: readonly MasterKey[]) {
    const newest = keys[0];
    const oldest = keys.at(-1);
    if (!newest || !oldest) throw new Error('the keyring needs a master key');
    this.#current = newest.id;
    this.#oldest = oldest.id;
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]));
  }

  /** Encrypts for one purpose. `context` is bound to the value (additional data): a row moved elsewhere does not open. */
  seal(purpose: Purpose, context: string, plain: Buffer | string): Buffer {
    const nonce = this.#drawNonce();
    const cipher = createCipheriv('aes-256-gcm', this.#key(purpose, this.#current), nonce);
    cipher.setAAD(Buffer.from(context));
    const body = cipher.update(plain as string, 'utf8');
    cipher.final();
    return Buffer.concat([Buffer.of(this.#current), nonce, body, cipher.getAuthTag()]);
  }

  /** Opens what `seal` made. Throws when the key is unknown, the context differs or a bit was changed. */
  open(purpose: Purpose, context: string, sealed: Buffer): Buffer {
    const id = sealed[0] ?? 0;
    const tagAt = sealed.length - TAG;
    if (tagAt < 1 + NONCE) throw new Error('sealed value is too short');
    const decipher = createDecipheriv('aes-256-gcm', this.#key(purpose, id), sealed.subarray(1, 1 + NONCE));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(tagAt));
    const plain = decipher.update(sealed.subarray(1 + NONCE, tagAt));
    // Gives nothing more (GCM is a stream), and throws when the tag does not fit: until then `plain` is nobody's.
    decipher.final();
    return plain;
  }

  /** A keyed hash (33 bytes: key id, HMAC-SHA-256) to find or compare a value by, without being able to read it. */
  index(purpose: Purpose, value: string): Buffer {
    const mac = createHmac('sha256', this.#derive('index', purpose, this.#oldest))
      .update(value)
      .digest();
    return Buffer.concat([Buffer.of(this.#oldest), mac]);
  }

  /** 32 bytes for a use that brings its own algorithm (cookie signatures), newest key first. */
  secrets(purpose: Purpose): Buffer[] {
    const ids = [this.#current, ...[...this.#keys.keys()].filter((id) => id !== this.#current)];
    return ids.map((id) => this.#derive('secret', purpose, id));
  }

  /** The sealing key of a purpose, as OpenSSL takes it without making it ready each time. */
  #key(purpose: Purpose, id: number): KeyObject {
    const name = `${purpose}/${id}`;
    let key = this.#ready.get(name);
    if (!key) {
      key = createSecretKey(this.#derive('seal', purpose, id));
      this.#ready.set(name, key);
    }
    return key;
  }

  /** Random bytes are drawn for many nonces at once; none is handed out twice. */
  #drawNonce(): Buffer {
    if (this.#nonces.length < NONCE) this.#nonces = randomBytes(NONCE * 256);
    const nonce = this.#nonces.subarray(0, NONCE);
    this.#nonces = this.#nonces.subarray(NONCE);
    return nonce;
  }

  #derive(use: string, purpose: Purpose, id: number): Buffer {
    const name = `${use}/${purpose}/${id}`;
    let key = this.#derived.get(name);
    if (!key) {
      const master = this.#keys.get(id);
      if (!master) throw new Error(`master key ${id} is not in the keyring`);
      key = Buffer.from(hkdfSync('sha256', master, '', `tay-ninh-id ${use} ${purpose}`, 32));
      this.#derived.set(name, key);
    }
    return key;
  }
}
