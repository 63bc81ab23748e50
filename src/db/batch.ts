/**
 * Operations of one kind from concurrent requests, gathered into one statement (design §8): what arrives while a
 * statement is in flight goes with the next one. With nothing in flight an operation is sent in the same turn, with
 * what else the turn has brought, so a lone request waits for nobody.
 *
 * Operations that have a key in common never share a statement and keep their order. A statement that is refused is run
 * again item by item, so that one bad row does not fail its neighbours. One whose answer was lost may have been done: it is
 * sent again only where that does no harm, and everybody in it is told otherwise.
 */
import { type Db, isPool } from './database.ts';
import { Unanswered } from './unanswered.ts';

export type BatchOptions<Item> = {
  /** Most items in one statement. */
  most?: number;
  /** Statements under way at a time. */
  inFlight?: number;
  /** What must keep its order; undefined: nothing, as with questions. */
  keysOf?: (item: Item) => readonly string[];
  /** Whether it may be done twice: a question, or what knows by itself that it was done. */
  again?: boolean;
};

type Waiting<Item, Result> = {
  item: Item;
  keys: readonly string[];
  settle: (result: Result) => void;
  refuse: (error: unknown) => void;
};

export class Batch<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #most: number;
  readonly #inFlight: number;
  readonly #keysOf: ((item: Item) => readonly string[]) | undefined;
  readonly #again: boolean;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #soon = false;
  readonly #busyKeys = new Set<string>();

  /** @param run answers in the order of its items, one result each. */
  constructor(
    run: (items: readonly Item[]) => Promise<readonly Result[]>,
    { most = 64, inFlight = 1, keysOf, again = false }: BatchOptions<Item> = {},
  ) {
    this.#run = run;
    this.#most = most;
    this.#inFlight = inFlight;
    this.#keysOf = keysOf;
    this.#again = again;
  }

  add(item: Item): Promise<Result> {
    return new Promise((settle, refuse) => {
      this.#waiting.push({ item, keys: this.#keysOf?.(item) ?? [], settle, refuse });
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
        for (const { keys } of taken) for (const key of keys) this.#busyKeys.delete(key);
        this.#pump();
      });
    }
  }

  /** The next items in order, without a key that is under way or taken already. */
  #take(): Waiting<Item, Result>[] {
    if (!this.#keysOf) return this.#waiting.splice(0, this.#most);
    const taken: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    /** What was passed over once is passed over for good: a later item of a key must not overtake. */
    const passed = new Set<string>();
    for (const one of this.#waiting) {
      const isFree = (key: string) => !this.#busyKeys.has(key) && !passed.has(key);
      if (taken.length < this.#most && one.keys.every(isFree)) {
        for (const key of one.keys) this.#busyKeys.add(key);
        taken.push(one);
      } else {
        for (const key of one.keys) passed.add(key);
        left.push(one);
      }
    }
    this.#waiting = left;
    return taken;
  }

  async #send(taken: readonly Waiting<Item, Result>[], again = this.#again): Promise<void> {
    let results: readonly Result[];
    try {
      results = await this.#run(taken.map(({ item }) => item));
    } catch (error) {
      if (error instanceof Unanswered && again && !error.silent) return this.#send(taken, false);
      if (error instanceof Unanswered || taken.length === 1) for (const { refuse } of taken) refuse(error);
      else for (const one of taken) await this.#send([one]);
      return;
    }
    const forgets = results.length !== taken.length;
    taken.forEach(({ settle, refuse }, index) => {
      if (forgets) refuse(new Error('a batch must answer every item'));
      else settle(results[index] as Result);
    });
  }
}

/**
 * What concurrent requests of one pool share: each pool has a batch of its own. Within a transaction it is that
 * transaction's alone.
 */
export function gather<Item, Result>(
  run: (db: Db, items: readonly Item[]) => Promise<readonly Result[]>,
  options?: BatchOptions<Item>,
): (db: Db, item: Item) => Promise<Result> {
  const batches = new WeakMap<Db, Batch<Item, Result>>();
  return async (db, item) => {
    if (!isPool(db)) return (await run(db, [item]))[0] as Result;
    let batch = batches.get(db);
    if (!batch) {
      batch = new Batch((items) => run(db, items), options);
      batches.set(db, batch);
    }
    return batch.add(item);
  };
}
