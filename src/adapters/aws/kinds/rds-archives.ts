import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import { PortError } from '../../../ports/errors.js';
import type { Clients } from '../clients.js';
import { isGone } from '../failures.js';
import { accountTag, tagsOf } from '../tags.js';
import { allOf, archiveTag, type ForGood } from './kind.js';

type Open = Clients['rds'];

const prefix = 'forbear-';
// AWS takes 255 characters; names of instances have 63.
/** A name that no snapshot had before. */
export const identifierFor = (instance: string, fence: number): string =>
  `${prefix}${instance}-${fence}-${Date.now().toString(36)}`;

/** A snapshot of a database that is off: the one that was taken when it was stopped. */
export function archivesOfDatabases(open: Open): ForGood {
  return {
    async archive({ ref, fence }, { arn, phase }) {
      const name = nameOf(arn);
      // What is taken of a database that runs is soon old.
      if (phase !== 'off')
        throw new PortError('TARGET_UNAVAILABLE', `${name} is not off: no archive of it yet`);
      const instance = await describe(open, name);
      const snapshot = newestOf(instance, await snapshotsOf(open, name)) ?? (await take(open, name, fence));
      await label(open, snapshot, { [accountTag]: ref, [archiveTag]: instance?.DbiResourceId ?? name });
      return snapshot?.DBSnapshotIdentifier ?? '';
    },
    async verify({ ref }, arn, location) {
      const snapshot = await readBack(open, location);
      const problem = problemWith(snapshot, ref, nameOf(arn));
      if (problem !== null) throw new PortError('NOT_VERIFIED', `the archive ${location} ${problem}`);
      const { Engine, EngineVersion, AllocatedStorage, DbiResourceId } = snapshot ?? {};
      return `${location} available: ${Engine} ${EngineVersion}, ${AllocatedStorage} GiB of ${DbiResourceId ?? nameOf(arn)}`;
    },
    async delete({ arn }) {
      const { client, sdk } = await open();
      const DBInstanceIdentifier = nameOf(arn);
      // The archive was taken before; AWS's own backups stay as long as they are kept anyway.
      const how = { SkipFinalSnapshot: true, DeleteAutomatedBackups: false };
      await client.send(new sdk.DeleteDBInstanceCommand({ DBInstanceIdentifier, ...how }));
    },
  };
}

const nameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);

async function describe(open: Open, DBInstanceIdentifier: string): Promise<DBInstance | undefined> {
  const { client, sdk } = await open();
  return (await client.send(new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];
}

async function snapshotsOf(open: Open, DBInstanceIdentifier: string): Promise<DBSnapshot[]> {
  const { client, sdk } = await open();
  const asked = { DBInstanceIdentifier, SnapshotType: 'manual' };
  return allOf(sdk.paginateDescribeDBSnapshots({ client }, asked), ({ DBSnapshots }) => DBSnapshots);
}

/** The newest that we took of this very instance: another one may have had its name before. */
function newestOf(
  instance: DBInstance | undefined,
  snapshots: readonly DBSnapshot[],
): DBSnapshot | undefined {
  const ours = snapshots.filter(
    ({ DBSnapshotIdentifier, DbiResourceId, Status }) =>
      DBSnapshotIdentifier?.startsWith(prefix) &&
      DbiResourceId === instance?.DbiResourceId &&
      Status !== 'failed',
  );
  const takenAt = ({ SnapshotCreateTime }: DBSnapshot) => SnapshotCreateTime?.getTime() ?? Infinity;
  // Of two that AWS tells the same second of, the one that we asked for later.
  const askedAt = ({ DBSnapshotIdentifier = '' }: DBSnapshot) =>
    Number.parseInt(DBSnapshotIdentifier.split('-').at(-1) ?? '', 36);
  return ours.sort((a, b) => Math.sign(takenAt(b) - takenAt(a)) || askedAt(b) - askedAt(a))[0];
}

async function take(open: Open, name: string, fence: number): Promise<DBSnapshot | undefined> {
  const { client, sdk } = await open();
  const asked = { DBInstanceIdentifier: name, DBSnapshotIdentifier: identifierFor(name, fence) };
  return (await client.send(new sdk.CreateDBSnapshotCommand(asked))).DBSnapshot;
}

async function label(open: Open, snapshot: DBSnapshot | undefined, tags: Readonly<Record<string, string>>) {
  const { client, sdk } = await open();
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await client.send(new sdk.AddTagsToResourceCommand({ ResourceName: snapshot?.DBSnapshotArn ?? '', Tags }));
}

async function readBack(open: Open, DBSnapshotIdentifier: string): Promise<DBSnapshot | undefined> {
  if (!/^[a-z][a-z0-9-]+$/i.test(DBSnapshotIdentifier)) return undefined;
  const { client, sdk } = await open();
  try {
    const asked = new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier });
    return (await client.send(asked)).DBSnapshots?.[0];
  } catch (error) {
    if (isGone(error) || (error instanceof Error && /^DBSnapshotNotFound/.test(error.name))) return undefined;
    throw error;
  }
}

function problemWith(snapshot: DBSnapshot | undefined, ref: string, name: string): string | null {
  if (snapshot === undefined) return 'is not there any more';
  const tags = tagsOf(snapshot.TagList);
  const isOfIt = snapshot.DBInstanceIdentifier === name && tags.has(archiveTag);
  if (!isOfIt || tags.get(accountTag) !== ref) return "is another one's";
  if (snapshot.Status !== 'available')
    return `is ${snapshot.Status}, ${snapshot.PercentProgress ?? 0} percent`;
  return null;
}
