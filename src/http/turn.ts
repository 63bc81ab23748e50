/**
 * Requests that arrive in one turn of the event loop go through the house in step: the first handler for all of them, then
 * the second. The processor does the same thing many times before it does another, what they ask and write goes out
 * together, and whoever waits for their answers is woken once. Each on its own, from the first byte to the last between
 * the packets of the others, costs half as much again. A request that is alone waits for nothing but the turn's end.
 */
import type { Handler } from './state.ts';

export function keepStep(): Handler {
  return (_ctx, next) => endOfTurn().then(next);
}

let turn: Promise<void> | undefined;

/** Settles when everything has been taken in that came in this turn; for all who wait, one after another. */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((settle) => {
    setImmediate(() => {
      turn = undefined;
      settle();
    });
  });
  return turn;
}
