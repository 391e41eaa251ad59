import type { Instant } from '../../src/domain/time.js';

/** What is still to happen, the soonest first; of the same instant, what was entered first. */
export type Agenda<T> = {
  readonly size: number;
  enter(at: Instant, what: T): void;
  /** The same for what is never entered for an earlier instant than the last one that came this way: that needs no sorting. */
  enterLast(at: Instant, what: T): void;
  next(): { readonly at: Instant; readonly what: T } | null;
};

type Entry<T> = { readonly at: Instant; readonly order: number; readonly what: T };

const isBefore = <T>(a: Entry<T>, b: Entry<T>) => a.at < b.at || (a.at === b.at && a.order < b.order);

// What was read of the queue is dropped only once it is so much, for that moves all the rest.
const mostRead = 4_096;

/** A binary heap, and beside it a queue. */
export function createAgenda<T>(): Agenda<T> {
  const heap: Entry<T>[] = [];
  const queue: Entry<T>[] = [];
  let [count, read] = [0, 0];

  function shift(first: Entry<T>): Entry<T> {
    read += 1;
    if (read === mostRead) {
      queue.splice(0, read);
      read = 0;
    }
    return first;
  }

  function sinkLast(last: Entry<T>): void {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      const isOther = other !== undefined && isBefore(other, one);
      const child = isOther ? other : one;
      if (!isBefore(child, last)) break;
      heap[place] = child;
      place = isOther ? left + 1 : left;
    }
    heap[place] = last;
  }

  return {
    get size() {
      return heap.length + queue.length - read;
    },
    enter(at, what) {
      const entry = { at, order: (count += 1), what };
      let place = heap.length;
      while (place > 0) {
        const above = heap[(place - 1) >> 1];
        if (above === undefined || !isBefore(entry, above)) break;
        heap[place] = above;
        place = (place - 1) >> 1;
      }
      heap[place] = entry;
    },
    enterLast(at, what) {
      queue.push({ at, order: (count += 1), what });
    },
    next() {
      const first = heap[0];
      const queued = queue[read];
      if (queued !== undefined && (first === undefined || isBefore(queued, first))) return shift(queued);
      const last = heap.pop();
      if (first === undefined || last === undefined) return null;
      if (heap.length > 0) sinkLast(last);
      return first;
    },
  };
}
