import type { AccountId } from '../domain/ids.js';
import type { Inspection } from './inspection.js';

/** A thing that runs for an account, as its target names it. */
export type Resource = { readonly id: string; readonly kind: string };

/** The account as a target finds it: by our id or by the app's own name of it. */
export type TargetAccount = { readonly id: AccountId; readonly ref: string };

/**
 * An account under a claim. `fence`: higher than that of every earlier claim on it; a platform that can remember the
 * highest refuses what comes late under a lower one, with `TARGET_UNAVAILABLE`, and changes nothing.
 */
export type TargetOrder = TargetAccount & { readonly fence: number };

/** Exactly what has to be put back: plain JSON, whose meaning only the target knows. */
export type ResourceState = Readonly<Record<string, unknown>>;

/** What a resource really does, seen from outside. */
export type Probe = 'serving' | 'off_and_locked' | 'off' | 'in_between' | 'gone';

/**
 * An adapter to one platform. Every method can be repeated without further effect, waits until the platform accepted
 * it, and throws `TARGET_UNAVAILABLE` when the platform can't answer (never "none" for "unknown"), or `TARGET_REFUSED`
 * when it answered no. A resource that has vanished is not an error: `probe` says `gone`.
 */
export type Target = {
  readonly name: string;
  /** How long what was put back may take until it serves, in milliseconds; two minutes unless told. */
  readonly startsWithinMs?: number;
  /** Every resource of the account that this target can act on, also those that are off. */
  find(account: TargetAccount): Promise<readonly Resource[]>;
  /** The exact state now. Changes nothing. `null` when the resource has vanished. */
  snapshot(account: TargetAccount, resource: Resource): Promise<ResourceState | null>;
  /** Lets running work end and takes in no new work; returns when drained. Honours `signal` within a second. */
  drain(account: TargetOrder, resource: Resource, signal: AbortSignal): Promise<void>;
  /** Scales to 0. */
  pause(account: TargetOrder, resource: Resource): Promise<void>;
  /** From now on the customer can't start or change the resource himself. */
  lock(account: TargetOrder, resource: Resource): Promise<void>;
  probe(account: TargetAccount, resource: Resource): Promise<Probe>;
  /** Puts exactly `state` back and undoes the drain. */
  resume(account: TargetOrder, resource: Resource, state: ResourceState): Promise<void>;
  unlock(account: TargetOrder, resource: Resource): Promise<void>;
  /**
   * Says there that a paused account was revoked, as in a column `is_active`; `resume` takes that back as well. Left out where a
   * platform has no word for it.
   */
  revoke?(account: TargetOrder, resource: Resource): Promise<void>;
  /** Takes an archive that can be read back and returns where it is. Throws `NOT_OFFERED` where the platform has none. */
  archive(account: TargetOrder, resource: Resource): Promise<{ readonly location: string }>;
  /**
   * Reads an archive back, whole, and says what it found, for the audit log. Throws `NOT_VERIFIED` when it is not all
   * there or is not of this resource.
   */
  verifyArchive(account: TargetAccount, resource: Resource, location: string): Promise<string>;
  /** Deletes for good. Callers hold an approval and a verified archive. */
  decommission(account: TargetOrder, resource: Resource): Promise<void>;
  /** What was reached, as whom, and which rights are missing or too many. Changes nothing. */
  inspect(): Promise<Inspection>;
};
