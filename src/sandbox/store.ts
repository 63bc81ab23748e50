/** What the sandbox remembers: in memory, bounded in number and in time, gone at the next start. */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, { value: Value; expiresAt: number }>();
  readonly #clock: () => Date;
  readonly #limit: number;

  constructor(clock: () => Date, limit = 5000) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Keeps a value for `seconds`. When there are too many, the oldest goes. */
  set(key: string, value: Value, seconds: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAt: this.#clock().getTime() + seconds * 1000 });
    if (this.#entries.size > this.#limit) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > this.#clock().getTime()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Gets a value that serves once. */
  take(key: string): Value | undefined {
    const value = this.get(key);
    this.#entries.delete(key);
    return value;
  }
}
