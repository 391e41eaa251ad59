/**
 * One right of the identity that Forbear has at a platform. `held`: needed and there; `missing`: needed and not there;
 * `excess`: there and not needed, so it should be taken away; `unknown`: the platform doesn't say.
 */
export type Right = {
  /** As the platform names it: `ecs:UpdateService`, `patch deployments/scale`, `UPDATE tenants`. */
  readonly name: string;
  readonly state: 'held' | 'missing' | 'excess' | 'unknown';
  /** What can't be done without it, or what could be done with it, or why it isn't known. One sentence, for a person. */
  readonly note: string;
};

/** What somebody who connects a platform wants to know before anything depends on it. Holds no secret. */
export type Inspection = {
  /** What was reached, and as whom: "Kubernetes v1.34.3 at https://…, as system:serviceaccount:forbear:forbear". */
  readonly reached: string;
  readonly rights: readonly Right[];
};
