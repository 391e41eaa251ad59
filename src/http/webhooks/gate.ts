import { HOUR_MS, SECOND_MS, type Instant } from '../../domain/time.js';

const windowMs = 10 * SECOND_MS;
// Some thirty forged deliveries a second are no trouble; a flood has thousands.
const mostRefused = 300;
const trustedMs = HOUR_MS;
// Of a limited address one in twenty is still looked at, so that a genuine sender behind it is found, and trusted.
const lookedAt = 0.05;
const mostAddresses = 10_000;

type Record = { refused: number; windowEndsAt: Instant; trustedUntil: Instant };

export type Gate = {
  /** Whether a delivery from this address is looked at; `dice` is at random, from 0 to 1. */
  admits(address: string, now: Instant, dice: number): boolean;
  noteRefusal(address: string, now: Instant): void;
  noteAcceptance(address: string, now: Instant): void;
};

/**
 * A coarse limit before the HMAC. It counts what was refused, per address, and never an address from which a genuine
 * delivery came within the hour: where everybody comes through one proxy, a flood can't shut Stripe out.
 */
export function createGate(): Gate {
  const records = new Map<string, Record>();

  /** The latest to be noted are the last to be forgotten. */
  function keep(address: string, record: Record): void {
    records.delete(address);
    records.set(address, record);
    if (records.size <= mostAddresses) return;
    const [oldest] = records.keys();
    if (oldest !== undefined) records.delete(oldest);
  }

  const recordOf = (address: string, now: Instant): Record => {
    const known = records.get(address) ?? { refused: 0, windowEndsAt: 0, trustedUntil: 0 };
    return now < known.windowEndsAt ? known : { ...known, refused: 0, windowEndsAt: now + windowMs };
  };

  return {
    admits(address, now, dice) {
      const { refused, trustedUntil } = recordOf(address, now);
      return refused < mostRefused || now < trustedUntil || dice < lookedAt;
    },
    noteRefusal(address, now) {
      const record = recordOf(address, now);
      keep(address, { ...record, refused: record.refused + 1 });
    },
    noteAcceptance(address, now) {
      const known = records.get(address);
      // Once a minute is enough, and costs a busy sender nothing.
      if (known !== undefined && known.trustedUntil - now > trustedMs - 60 * SECOND_MS) return;
      keep(address, { ...recordOf(address, now), trustedUntil: now + trustedMs });
    },
  };
}
