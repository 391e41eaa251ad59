/** IAM is eventually consistent: so long a change may take to spread, and so often is looked. */
export type Settling = {
  readonly settleMs: number;
  readonly pollMs: number;
  readonly nowMs: () => number;
};

/** Asks until it is so, at least once, or until the time is over: `false`. */
export async function until(
  { settleMs, pollMs, nowMs }: Settling,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const end = nowMs() + settleMs;
  for (;;) {
    if (await isSo()) return true;
    if (nowMs() + pollMs > end) return false;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

export const secondsOf = ({ settleMs }: Settling): string => `${Math.round(settleMs / 1_000)} s`;
