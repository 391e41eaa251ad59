import type { DBCluster, DBInstance, Tag } from '@aws-sdk/client-rds';
import { z } from 'zod';
import type { Clients } from '../clients.js';
import { isGone } from '../failures.js';
import { tagsOf } from '../tags.js';
import { archivesOfDatabases, identifierFor } from './rds-archives.js';
import { allOf, isMarked, markByTags, stateFor, type Kind, type KindContext, type Seen } from './kind.js';

const stateShape = z.strictObject({ running: z.boolean() });
// A backup, and the moving of its storage, are done to a database that serves.
const phases: Readonly<Record<string, Seen['phase']>> = {
  available: 'on',
  'backing-up': 'on',
  'storage-optimization': 'on',
  stopped: 'off',
};

/** Database instances that stand alone, stopped and started. AWS starts each again after seven days. */
export function createRdsInstanceKind({ clients, pageSize, tag, isDeletable }: KindContext): Kind {
  const open = clients.rds;
  return {
    name: 'rds-instance',
    async list(ref) {
      const { client, sdk } = await open();
      const pages = sdk.paginateDescribeDBInstances({ client, ...(pageSize && { pageSize }) }, {});
      const all = await allOf(pages, ({ DBInstances }) => DBInstances);
      return all.filter(standsAlone).map(seenOfInstance).filter(isOf(tag, ref));
    },
    look: (arn) =>
      unlessGone(async () => {
        const { client, sdk } = await open();
        const asked = new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier: nameOf(arn) });
        const { DBInstances = [] } = await client.send(asked);
        return DBInstances.filter(standsAlone).map(seenOfInstance)[0] ?? null;
      }),
    async pause({ arn, state }, { fence }) {
      if (state['running'] === false) return;
      const { client, sdk } = await open();
      const DBInstanceIdentifier = nameOf(arn);
      // Of a database that is stopped AWS takes no snapshot: what may be deleted some day gets its archive now.
      const archive = isDeletable && { DBSnapshotIdentifier: identifierFor(DBInstanceIdentifier, fence) };
      await client.send(new sdk.StopDBInstanceCommand({ DBInstanceIdentifier, ...archive }));
    },
    async resume({ arn, state }, wanted) {
      const { running } = stateFor(stateShape, 'rds-instance', wanted);
      if (state['running'] === running) return;
      const { client, sdk } = await open();
      const asked = { DBInstanceIdentifier: nameOf(arn) };
      if (running) await client.send(new sdk.StartDBInstanceCommand(asked));
      else await client.send(new sdk.StopDBInstanceCommand(asked));
    },
    mark: marksOf(open),
    forGood: archivesOfDatabases(open),
  };
}

/** Clusters such as Aurora's, stopped and started with all their instances. AWS starts each again after seven days. */
export function createRdsClusterKind({ clients, pageSize, tag }: KindContext): Kind {
  const open = clients.rds;
  const scale = async (arn: string, running: boolean) => {
    const { client, sdk } = await open();
    const asked = { DBClusterIdentifier: nameOf(arn) };
    if (running) await client.send(new sdk.StartDBClusterCommand(asked));
    else await client.send(new sdk.StopDBClusterCommand(asked));
  };
  return {
    name: 'rds-cluster',
    async list(ref) {
      const { client, sdk } = await open();
      const pages = sdk.paginateDescribeDBClusters({ client, ...(pageSize && { pageSize }) }, {});
      return (await allOf(pages, ({ DBClusters }) => DBClusters)).map(seenOfCluster).filter(isOf(tag, ref));
    },
    look: (arn) =>
      unlessGone(async () => {
        const { client, sdk } = await open();
        const asked = new sdk.DescribeDBClustersCommand({ DBClusterIdentifier: nameOf(arn) });
        return ((await client.send(asked)).DBClusters ?? []).map(seenOfCluster)[0] ?? null;
      }),
    async pause({ arn, state }) {
      if (state['running'] === true) await scale(arn, false);
    },
    async resume({ arn, state }, wanted) {
      const { running } = stateFor(stateShape, 'rds-cluster', wanted);
      if (state['running'] !== running) await scale(arn, running);
    },
    mark: marksOf(open),
    forGood: null,
  };
}

// A member of a cluster stops and starts with it.
const standsAlone = ({ DBClusterIdentifier }: DBInstance) => !DBClusterIdentifier;

const isOf =
  (tag: string, ref: string) =>
  ({ tags }: Seen) =>
    tags.get(tag) === ref;

/** `arn:aws:rds:region:account:db:name`. */
const nameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);

async function unlessGone<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

const marksOf = (open: Clients['rds']) =>
  markByTags(
    async (ResourceName, tags) => {
      const { client, sdk } = await open();
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      return client.send(new sdk.AddTagsToResourceCommand({ ResourceName, Tags }));
    },
    async (ResourceName, keys) => {
      const { client, sdk } = await open();
      return client.send(new sdk.RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [...keys] }));
    },
  );

const seenOfInstance = ({ DBInstanceArn, DBInstanceStatus, TagList, ...more }: DBInstance): Seen => {
  const replicas = more.ReadReplicaDBInstanceIdentifiers ?? [];
  const isLinked = replicas.length > 0 || Boolean(more.ReadReplicaSourceDBInstanceIdentifier);
  return {
    ...seenOf(DBInstanceArn, DBInstanceStatus, TagList),
    ...(isLinked && { obstacle }),
  };
};

const obstacle = 'has a read replica, or is one, and AWS does not stop it';

const seenOfCluster = ({ DBClusterArn, Status, TagList }: DBCluster): Seen =>
  seenOf(DBClusterArn, Status, TagList);

function seenOf(arn = '', status = '', pairs: Tag[] = []): Seen {
  const tags = tagsOf(pairs);
  return {
    arn,
    tags,
    // Whatever else is done to it (a backup, a change of its size) is done to one that runs.
    state: { running: !['stopped', 'stopping', 'deleting'].includes(status) },
    phase: phases[status] ?? 'between',
    isLocked: isMarked(tags),
  };
}
