import type { Instance, Snapshot } from '@aws-sdk/client-ec2';
import { PortError } from '../../../ports/errors.js';
import { lastOf } from '../arn.js';
import type { Clients } from '../clients.js';
import { accountTag, tagsOf } from '../tags.js';
import { allOf, archiveTag, partsTag, type ForGood } from './kind.js';

type Open = Clients['ec2'];

/** One snapshot for each volume of an instance that is off, all of the same moment. */
export function archivesOfVolumes(open: Open): ForGood {
  return {
    async archive({ ref }, { arn, phase }) {
      const id = lastOf(arn);
      // What is taken of something that runs may be torn, and is soon old.
      if (phase !== 'off')
        throw new PortError('TARGET_UNAVAILABLE', `${id} is not off: no archive of it yet`);
      const instance = await describe(open, id);
      const volumes = volumesOf(instance);
      if (volumes.length === 0) throw new PortError('TARGET_REFUSED', `${id} has no volume to archive`);
      const known = newestOf(volumes, await snapshotsOf(open, id), instance?.LaunchTime);
      return placeOf(known ?? (await take(open, { ref, id, parts: volumes.length })));
    },
    async verify({ ref }, arn, location) {
      const snapshots = await readBack(open, location.split(','));
      const problem = problemWith(snapshots, { ref, id: lastOf(arn), count: location.split(',').length });
      if (problem !== null) throw new PortError('NOT_VERIFIED', `the archive ${location} ${problem}`);
      const told = snapshots.map((one) => `${one.SnapshotId} of ${one.VolumeId}, ${one.VolumeSize} GiB`);
      return `${snapshots.length} snapshots completed: ${told.join('; ')}`;
    },
    async delete({ arn }) {
      const { client, sdk } = await open();
      await client.send(new sdk.TerminateInstancesCommand({ InstanceIds: [lastOf(arn)] }));
    },
  };
}

async function describe(open: Open, id: string): Promise<Instance | undefined> {
  const { client, sdk } = await open();
  const { Reservations } = await client.send(new sdk.DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0];
}

const volumesOf = (instance?: Instance) =>
  (instance?.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);

async function snapshotsOf(open: Open, id: string): Promise<Snapshot[]> {
  const { client, sdk } = await open();
  const asked = { OwnerIds: ['self'], Filters: [{ Name: `tag:${archiveTag}`, Values: [id] }] };
  return allOf(sdk.paginateDescribeSnapshots({ client }, asked), ({ Snapshots }) => Snapshots);
}

// When it was started is told in whole seconds: what was taken within that second may be from before.
const startIsWithinMs = 1_000;

/**
 * The snapshots that are still true, one for each volume; `null` if one lacks. They are taken of what is off only, so
 * whatever came after the last start came after the last stop, too.
 */
function newestOf(
  volumes: readonly string[],
  snapshots: readonly Snapshot[],
  startedAt: Date | undefined,
): Snapshot[] | null {
  const isTrue = ({ StartTime, State }: Snapshot) =>
    State !== 'error' && (StartTime?.getTime() ?? 0) >= (startedAt?.getTime() ?? 0) + startIsWithinMs;
  const newestFirst = snapshots
    .filter(isTrue)
    .sort((a, b) => (b.StartTime?.getTime() ?? 0) - (a.StartTime?.getTime() ?? 0));
  const found = volumes.flatMap((volume) => newestFirst.find(({ VolumeId }) => VolumeId === volume) ?? []);
  return found.length === volumes.length ? found : null;
}

async function take(
  open: Open,
  { ref, id, parts }: { readonly ref: string; readonly id: string; readonly parts: number },
) {
  const { client, sdk } = await open();
  const tags = { [accountTag]: ref, [archiveTag]: id, [partsTag]: String(parts) };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const { Snapshots = [] } = await client.send(
    new sdk.CreateSnapshotsCommand({
      InstanceSpecification: { InstanceId: id },
      Description: 'Forbear: before deletion',
      TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
    }),
  );
  return Snapshots;
}

const placeOf = (snapshots: readonly Pick<Snapshot, 'SnapshotId'>[]) =>
  snapshots
    .map(({ SnapshotId = '' }) => SnapshotId)
    .sort()
    .join(',');

async function readBack(open: Open, SnapshotIds: string[]): Promise<Snapshot[]> {
  if (!SnapshotIds.every((id) => /^snap-[0-9a-f]+$/.test(id))) return [];
  const { client, sdk } = await open();
  try {
    return (await client.send(new sdk.DescribeSnapshotsCommand({ SnapshotIds }))).Snapshots ?? [];
  } catch (error) {
    if (error instanceof Error && /^InvalidSnapshot/.test(error.name)) return [];
    throw error;
  }
}

type Wanted = { readonly ref: string; readonly id: string; readonly count: number };

function problemWith(snapshots: readonly Snapshot[], { ref, id, count }: Wanted): string | null {
  if (snapshots.length < count) return 'is not there any more, or not all of it';
  for (const { SnapshotId, State, Progress, Tags } of snapshots) {
    const tags = tagsOf(Tags);
    if (tags.get(archiveTag) !== id || tags.get(accountTag) !== ref)
      return `holds another one's ${SnapshotId}`;
    if (Number(tags.get(partsTag)) !== count) return `is not whole: it has ${tags.get(partsTag)} parts`;
    if (State !== 'completed') return `is ${State}: ${SnapshotId} ${Progress ?? ''}`.trimEnd();
  }
  return null;
}
