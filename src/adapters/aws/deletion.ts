import { PortError } from '../../ports/errors.js';
import type { Resource, Target, TargetAccount, TargetOrder } from '../../ports/target.js';
import { kindOf, type AsRole, type AwsTargetOptions } from './account.js';
import { isGone } from './failures.js';
import type { ForGood, Seen } from './kinds/kind.js';
import { fenceOf } from './tags.js';

export type DeletionDeps = {
  readonly options: AwsTargetOptions;
  readonly deleting: AsRole | null;
  readonly look: (as: AsRole, account: TargetAccount, resource: Resource) => Promise<Seen | null>;
  /** Turns AWS's errors into those of the port. */
  readonly told: <T>(work: () => Promise<T>) => Promise<T>;
};

/** What ends a resource for good, by a role of its own, and only for the kinds that the settings name. */
export function createDeletion({
  options,
  deleting,
  look,
  told,
}: DeletionDeps): Pick<Target, 'archive' | 'verifyArchive' | 'decommission'> {
  const { name, decommission } = options;
  const offered = (resource: Resource): { readonly as: AsRole; readonly forGood: ForGood } => {
    const isNamed = (decommission?.kinds as readonly string[] | undefined)?.includes(resource.kind);
    const forGood = deleting !== null && isNamed ? kindOf(deleting.kinds, resource).forGood : null;
    if (deleting !== null && forGood !== null) return { as: deleting, forGood };
    throw new PortError('NOT_OFFERED', `${name}: nothing of the kind ${resource.kind} is ever deleted`);
  };
  const mayStill = (seen: Seen, { fence }: TargetOrder) => {
    if (fence < fenceOf(seen.tags))
      throw new PortError('TARGET_UNAVAILABLE', `${seen.arn} was acted on under a later claim`);
  };

  return {
    archive: (account, resource) =>
      told(async () => {
        const { as, forGood } = offered(resource);
        const seen = await look(as, account, resource);
        if (seen === null)
          throw new PortError('TARGET_REFUSED', `nothing is left of ${resource.id} to archive`);
        mayStill(seen, account);
        return { location: await forGood.archive(account, seen) };
      }),
    verifyArchive: (account, resource, location) =>
      told(() => offered(resource).forGood.verify(account, resource.id, location)),
    decommission: (account, resource) =>
      told(async () => {
        const { as, forGood } = offered(resource);
        const seen = await look(as, account, resource);
        if (seen === null) return;
        mayStill(seen, account);
        await forGood.delete(seen).catch((error: unknown) => {
          if (!isGone(error)) throw error;
        });
      }),
  };
}
