import type { Instant } from './time.js';

/** What is left to an account, weakest restriction first. */
export const accessLevels = [
  'active',
  'grace_period',
  'read_only',
  'suspended',
  'revoked_pending',
  'revoked',
  'decommissioned',
] as const;
export type Access = (typeof accessLevels)[number];

export type RestrictionReason = 'nonpayment' | 'dispute' | 'fraud' | 'ended' | 'drift' | 'manual';

/** Something taken away, by reason. An account carries at most one of each reason. */
export type Restriction = {
  readonly reason: RestrictionReason;
  readonly access: Access;
  readonly owner: string;
  readonly evidence: string;
  readonly since: Instant;
  /** When it ends by itself; absent where it stands until it is lifted. */
  readonly until?: Instant;
  /** What runs is left alone for now, and no case has to do with it: whoever imposed it goes on, or takes it back. */
  readonly accessOnly?: true;
};

/** Access is what the strongest remaining restriction leaves. */
export function accessUnder(restrictions: readonly Restriction[]): Access {
  const strongest = Math.max(0, ...restrictions.map((r) => rank(r.access)));
  return accessLevels[strongest] ?? 'decommissioned';
}

/** Puts, strengthens or prolongs, never weakens, the restriction of one reason; the others are left as they are. */
export function impose(restrictions: readonly Restriction[], added: Restriction): readonly Restriction[] {
  const standing = restrictions.find((r) => r.reason === added.reason);
  if (standing !== undefined && !isHarder(added, standing)) return restrictions;
  const since = standing?.since ?? added.since;
  return [...without(restrictions, added.reason), { ...added, since }].sort((a, b) =>
    a.reason < b.reason ? -1 : 1,
  );
}

const isHarder = (added: Restriction, standing: Restriction) =>
  rank(added.access) > rank(standing.access) ||
  (added.access === standing.access &&
    ((added.until ?? Infinity) > (standing.until ?? Infinity) || isWhole(added, standing)));

/** It reaches what runs as well, and what stands only reaches access. */
const isWhole = (added: Restriction, standing: Restriction) =>
  standing.accessOnly === true && added.accessOnly !== true;

const rank = (access: Access) => accessLevels.indexOf(access);

/** Takes back the restriction of one reason and no other. */
export function without(
  restrictions: readonly Restriction[],
  reason: RestrictionReason,
): readonly Restriction[] {
  return restrictions.filter((r) => r.reason !== reason);
}

/** The same, and from now on for what runs as well. Pure. */
export function reachingAll({ reason, access, owner, evidence, since, until }: Restriction): Restriction {
  return { reason, access, owner, evidence, since, ...(until !== undefined && { until }) };
}

/** A restriction as the audit log keeps it: of one that a person imposed, neither who nor why. His order has both. Pure. */
export function nameless(restriction: Restriction): Partial<Restriction> {
  if (restriction.owner === 'forbear') return restriction;
  const { reason, access, since, until, accessOnly } = restriction;
  return {
    reason,
    access,
    since,
    ...(until !== undefined && { until }),
    ...(accessOnly !== undefined && { accessOnly }),
  };
}

/** Whether a restriction stands at `now`; one with an end is over from that instant on, whoever takes it off when. */
export const stands = ({ until }: Restriction, now: Instant) => until === undefined || now < until;

/** What an account may still do. `read`: sign in and look · `write` · `grow`: launch or use more · `run`: what is deployed · `export`. */
export type Allowed = {
  readonly read: boolean;
  readonly write: boolean;
  readonly grow: boolean;
  readonly run: boolean;
  readonly export: boolean;
};

const everything: Allowed = { read: true, write: true, grow: true, run: true, export: true };
const nothing: Allowed = { read: false, write: false, grow: false, run: false, export: false };

/** What a level of access allows. Who is suspended can still take his data along; that ends only where access was revoked. */
export function allowedUnder(access: Access): Allowed {
  switch (access) {
    case 'active':
    case 'grace_period':
      return everything;
    case 'read_only':
      return { ...nothing, read: true, run: true, export: true };
    case 'suspended':
    case 'revoked_pending':
      return { ...nothing, export: true };
    case 'revoked':
    case 'decommissioned':
      return nothing;
  }
}
