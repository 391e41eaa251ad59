/** The admission policies, each with a binding of the same name. One cluster has one set of them. */
export const policyNames = {
  /** Refuses customers what is locked. */
  lock: 'forbear-lock',
  /** Lets nobody but Forbear set or lift a lock. */
  marks: 'forbear-marks',
  /** Holds Forbear itself to replicas, suspension and its own marks. */
  self: 'forbear-self',
} as const;
