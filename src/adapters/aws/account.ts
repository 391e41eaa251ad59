import { PortError } from '../../ports/errors.js';
import type { Resource } from '../../ports/target.js';
import { arnOf } from './arn.js';
import { createClients, type Clients } from './clients.js';
import { assumedRole } from './credentials.js';
import { createKinds } from './kinds/index.js';
import type { Kind } from './kinds/kind.js';
import type { Needs, RoleName } from './policies.js';
import { createPrincipals, type Principals } from './principals.js';
import type { AwsSettings } from './settings.js';

export type AwsTargetOptions = AwsSettings & {
  readonly name: string;
  readonly externalId: string;
  /** For one answer. */
  readonly timeoutMs?: number | undefined;
  /** Of a list; AWS's own sizes where it is absent. */
  readonly pageSize?: number | undefined;
};

export type Kinds = ReadonlyMap<string, Kind>;

/** What one of our roles may act on, and by which clients. */
export type AsRole = {
  readonly role: RoleName;
  readonly clients: Clients;
  readonly kinds: Kinds;
  readonly needs: Needs;
};

export type AwsAccount = {
  readonly pausing: AsRole;
  /** `null`: nothing is ever deleted. */
  readonly deleting: AsRole | null;
  /** `null`: the customers have no users and roles of their own. */
  readonly principals: Principals | null;
};

/** The account by each role that the settings name. Connects nothing yet. */
export function openAccount(options: AwsTargetOptions): AwsAccount {
  const { roles, lock, tag } = options;
  const { pause, decommission } = roles;
  const spared = [pause, decommission ?? [], options.protected ?? []].flat();
  const pausing = asRole('pause', pause, options, spared);
  return {
    pausing,
    deleting: decommission === undefined ? null : asRole('decommission', decommission, options, spared),
    principals:
      lock === undefined
        ? null
        : createPrincipals(pausing.clients.iam, { templates: lock.principals, tag, spared }),
  };
}

function asRole(
  role: RoleName,
  roleArn: string,
  options: AwsTargetOptions,
  spared: readonly string[],
): AsRole {
  const { services, tag, lock, decommission, region, pageSize } = options;
  const credentials = assumedRole({ ...options, roleArn });
  const clients = createClients({ ...options, credentials });
  const deletable = decommission?.kinds ?? [];
  const partition = arnOf(roleArn)?.partition ?? 'aws';
  const place = { region, partition, tag };
  const isDeletable = deletable.includes('rds-instance');
  return {
    role,
    clients,
    kinds: createKinds(services, { clients, ...place, spared, pageSize, isDeletable }),
    needs: { services, tag, bindsPrincipals: lock !== undefined, deletable, roleArn },
  };
}

/** Throws `TARGET_REFUSED` for a kind of a service that the settings do not name any more. */
export function kindOf(kinds: Kinds, { kind: name }: Resource): Kind {
  const kind = kinds.get(name);
  if (kind !== undefined) return kind;
  throw new PortError('TARGET_REFUSED', `the settings name no service that has a ${name}`);
}
