/** Something that falls due: an object's id and when (ms on the fake's clock). */
export interface Due {
  id: string;
  at: number;
}

/**
 * A binary heap of due times. Entries are never taken back: whoever pops one asks the object whether it still holds,
 * so an object is simply put again after each change.
 */
export class Agenda {
  private readonly heap: Due[] = [];

  put(due: Due): void {
    this.heap.push(due);
    this.rise(this.heap.length - 1);
  }

  /** Takes the earliest entry that is due by then, or nothing. */
  takeDueBy(untilMs: number): Due | undefined {
    const [first] = this.heap;
    if (!first || first.at > untilMs) return undefined;
    const last = this.heap.pop();
    if (last && this.heap.length > 0) {
      this.heap[0] = last;
      this.sink(0);
    }
    return first;
  }

  private before(a: number, b: number): boolean {
    return (this.heap[a]?.at ?? Infinity) < (this.heap[b]?.at ?? Infinity);
  }

  private swap(a: number, b: number): void {
    const first = this.heap[a];
    const second = this.heap[b];
    if (!first || !second) return;
    this.heap[a] = second;
    this.heap[b] = first;
  }

  private rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.before(index, parent)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const smaller = this.before(left + 1, left) ? left + 1 : left;
      if (!this.before(smaller, index)) return;
      this.swap(index, smaller);
      index = smaller;
    }
  }
}
