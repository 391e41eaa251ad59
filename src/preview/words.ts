import type { InvoiceId } from '../domain/ids.js';
import type { Instant } from '../domain/time.js';

export type WordKind = 'restricted' | 'extended' | 'exempted' | 'forgave' | 'agreed' | 'granted';

/** What a person ordered about an account: to take from it, or to spare it. */
export type Word = {
  readonly kind: WordKind;
  readonly at: Instant;
  /** Until when it counts, where it outlives the day on which it was said. */
  readonly until?: Instant;
  /** The invoices that were forgiven. */
  readonly invoices?: readonly InvoiceId[];
};

const sparing: readonly WordKind[] = ['extended', 'exempted', 'forgave', 'agreed', 'granted'];

/**
 * What people thought of a case. `agree`: they restricted it by hand, too · `disagree`: they gave it time, or excused it ·
 * `silent`: they said neither. Where they said both, the last word counts.
 */
export type View = {
  readonly verdict: 'agree' | 'disagree' | 'silent';
  readonly restrictedAt: Instant | null;
  /** `beforehand`: said before the pause would have come, so that an enforcing Forbear would have obeyed it. */
  readonly spared: {
    readonly kind: WordKind;
    readonly at: Instant;
    readonly beforehand: boolean;
  } | null;
};

/** What these words come to, beside a pause on that day. Pure. */
export function viewOf(words: readonly Word[], pausedAt: Instant | null): View {
  const inOrder = [...words].sort((a, b) => a.at - b.at);
  const restrictions = inOrder.filter(({ kind }) => kind === 'restricted');
  const spares = inOrder.filter(({ kind }) => sparing.includes(kind));
  const [lastRestriction, lastSpare] = [restrictions.at(-1), spares.at(-1)];
  const spoke = lastRestriction !== undefined || lastSpare !== undefined;
  const isHarsh = (lastRestriction?.at ?? -Infinity) > (lastSpare?.at ?? -Infinity);
  return {
    verdict: !spoke ? 'silent' : isHarsh ? 'agree' : 'disagree',
    restrictedAt: restrictions[0]?.at ?? null,
    spared:
      lastSpare === undefined
        ? null
        : {
            kind: lastSpare.kind,
            at: lastSpare.at,
            beforehand: pausedAt === null || spares.some(({ at }) => at <= pausedAt),
          },
  };
}
