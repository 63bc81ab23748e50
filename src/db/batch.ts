/**
 * Operations of one kind from concurrent requests, gathered into one statement (design §8): what arrives while a
 * statement is in flight goes with the next one. With nothing in flight an operation is sent in the same turn, with
 * what else the turn has brought, so a lone request waits for nobody.
 *
 * Operations of one key never share a statement and keep their order. A statement that fails is run again item by
 * item, so that one bad row does not fail its neighbours.
 */
export type BatchOptions<Item> = {
  /** Most items in one statement. */
  most?: number;
  /** Statements under way at a time. */
  inFlight?: number;
  /** What must keep its order; undefined: nothing, as with questions. */
  keyOf?: (item: Item) => string;
};

type Waiting<Item, Result> = {
  item: Item;
  key: string | undefined;
  settle: (result: Result) => void;
  refuse: (error: unknown) => void;
};

export class Batch<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #most: number;
  readonly #inFlight: number;
  readonly #keyOf: ((item: Item) => string) | undefined;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #soon = false;
  readonly #busyKeys = new Set<string>();

  /** @param run answers in the order of its items, one result each. */
  constructor(
    run: (items: readonly Item[]) => Promise<readonly Result[]>,
    { most = 64, inFlight = 1, keyOf }: BatchOptions<Item> = {},
  ) {
    this.#run = run;
    this.#most = most;
    this.#inFlight = inFlight;
    this.#keyOf = keyOf;
  }

  add(item: Item): Promise<Result> {
    return new Promise((settle, refuse) => {
      this.#waiting.push({ item, key: this.#keyOf?.(item), settle, refuse });
      if (this.#soon) return;
      this.#soon = true;
      queueMicrotask(() => {
        this.#soon = false;
        this.#pump();
      });
    });
  }

  #pump(): void {
    while (this.#running < this.#inFlight && this.#waiting.length > 0) {
      const taken = this.#take();
      if (taken.length === 0) return;
      this.#running += 1;
      void this.#send(taken).finally(() => {
        this.#running -= 1;
        for (const { key } of taken) if (key !== undefined) this.#busyKeys.delete(key);
        this.#pump();
      });
    }
  }

  /** The next items in order, without a key that is under way or taken already. */
  #take(): Waiting<Item, Result>[] {
    if (!this.#keyOf) return this.#waiting.splice(0, this.#most);
    const taken: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    for (const one of this.#waiting) {
      const { key = '' } = one;
      // A key that was passed over once is passed over for good: a later item of it must not overtake.
      if (taken.length >= this.#most || this.#busyKeys.has(key)) left.push(one);
      else {
        this.#busyKeys.add(key);
        taken.push(one);
      }
    }
    this.#waiting = left;
    return taken;
  }

  async #send(taken: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#run(taken.map(({ item }) => item));
      if (results.length !== taken.length) throw new Error('a batch must answer every item');
      taken.forEach(({ settle }, index) => {
        settle(results[index] as Result);
      });
    } catch (error) {
      if (taken.length === 1) taken[0]?.refuse(error);
      else for (const one of taken) await this.#send([one]);
    }
  }
}
