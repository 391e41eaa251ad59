export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The fake's own time: a source (real time by default), moved forward by what control calls have added. */
export class FakeClock {
  private heldAt: number | undefined;

  constructor(
    private readonly source: () => number,
    public offsetMs = 0,
  ) {}

  nowMs(): number {
    return this.heldAt ?? this.source() + this.offsetMs;
  }

  /** Stripe's timestamps: whole seconds. */
  now(): number {
    return Math.floor(this.nowMs() / SECOND_MS);
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }

  /** Runs work as if it were that moment, so that what was due on day 3 is dated day 3. */
  at<T>(ms: number, work: () => T): T {
    const before = this.heldAt;
    this.heldAt = ms;
    try {
      return work();
    } finally {
      this.heldAt = before;
    }
  }
}
