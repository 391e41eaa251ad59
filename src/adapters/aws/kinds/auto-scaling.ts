import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { z } from 'zod';
import { tagsOf } from '../tags.js';
import { allOf, isMarked, markByTags, stateFor, type Kind, type KindContext, type Seen } from './kind.js';

const size = z.int().min(0);
const stateShape = z.strictObject({ min: size, max: size, desired: size, suspended: z.array(z.string()) });
type State = z.infer<typeof stateShape>;

// What would raise the sizes of a group again while it is off.
const raising = ['AlarmNotification', 'ScheduledActions'];
// What a group needs in order to come down to nothing.
const lowering = 'Terminate';

/** Auto Scaling groups: all three sizes to 0 and back, and the processes that were suspended. Instances are terminated. */
export function createAutoScalingKind({ clients, pageSize, tag }: KindContext): Kind {
  const open = clients.autoScaling;

  /** Suspends and resumes what differs. A group that is to shrink is let shrink, one that is to grow stays as it is told. */
  async function setProcesses(name: string, now: readonly string[], wanted: readonly string[]) {
    const { client, sdk } = await open();
    const change = (ScalingProcesses: string[]) => ({ AutoScalingGroupName: name, ScalingProcesses });
    const suspend = wanted.filter((one) => !now.includes(one));
    const resume = now.filter((one) => !wanted.includes(one));
    // An empty list would mean all of them.
    if (suspend.length > 0) await client.send(new sdk.SuspendProcessesCommand(change(suspend)));
    if (resume.length > 0) await client.send(new sdk.ResumeProcessesCommand(change(resume)));
  }

  async function setSizes(name: string, { min, max, desired }: Omit<State, 'suspended'>) {
    const { client, sdk } = await open();
    const sizes = { MinSize: min, MaxSize: max, DesiredCapacity: desired };
    await client.send(new sdk.UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, ...sizes }));
  }

  async function describe(name: string): Promise<AutoScalingGroup | null> {
    const { client, sdk } = await open();
    const asked = new sdk.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    return (await client.send(asked)).AutoScalingGroups?.[0] ?? null;
  }

  return {
    name: 'auto-scaling-group',
    async list(ref) {
      const { client, sdk } = await open();
      const Filters = [{ Name: `tag:${tag}`, Values: [ref] }];
      const pages = sdk.paginateDescribeAutoScalingGroups(
        { client, ...(pageSize && { pageSize }) },
        { Filters },
      );
      return (await allOf(pages, ({ AutoScalingGroups }) => AutoScalingGroups)).map(seenOf);
    },
    async look(arn) {
      const group = await describe(nameOf(arn));
      return group === null ? null : seenOf(group);
    },
    async pause({ arn, state }) {
      const { suspended, ...sizes } = stateFor(stateShape, 'auto-scaling-group', state);
      const wanted = [...new Set([...suspended, ...raising])].filter((one) => one !== lowering);
      await setProcesses(nameOf(arn), suspended, wanted);
      if (sizes.max + sizes.min + sizes.desired > 0)
        await setSizes(nameOf(arn), { min: 0, max: 0, desired: 0 });
    },
    async resume({ arn, state }, wanted) {
      const { suspended, ...sizes } = stateFor(stateShape, 'auto-scaling-group', wanted);
      const now = stateFor(stateShape, 'auto-scaling-group', state);
      const isSized = now.min === sizes.min && now.max === sizes.max && now.desired === sizes.desired;
      if (!isSized) await setSizes(nameOf(arn), sizes);
      await setProcesses(nameOf(arn), now.suspended, suspended);
    },
    mark: markByTags(
      async (arn, tags) => {
        const { client, sdk } = await open();
        const Tags = Object.entries(tags).map(([Key, Value]) => ({ ...onGroup(arn), Key, Value }));
        return client.send(new sdk.CreateOrUpdateTagsCommand({ Tags }));
      },
      async (arn, keys) => {
        const { client, sdk } = await open();
        const Tags = keys.map((Key) => ({ ...onGroup(arn), Key }));
        return client.send(new sdk.DeleteTagsCommand({ Tags }));
      },
    ),
    forGood: null,
  };
}

/** `arn:…:autoScalingGroup:uuid:autoScalingGroupName/name`; a name may hold slashes. */
const nameOf = (arn: string) =>
  arn.slice(arn.indexOf('autoScalingGroupName/') + 'autoScalingGroupName/'.length);

const onGroup = (arn: string) => ({
  ResourceId: nameOf(arn),
  ResourceType: 'auto-scaling-group',
  // What is launched later is not locked by itself: its group is.
  PropagateAtLaunch: false,
});

function seenOf(group: AutoScalingGroup): Seen {
  const { AutoScalingGroupARN: arn = '', MinSize = 0, MaxSize = 0, DesiredCapacity = 0 } = group;
  const tags = tagsOf(group.Tags);
  const suspended = (group.SuspendedProcesses ?? []).map(({ ProcessName = '' }) => ProcessName).sort();
  const held = group.Instances?.find(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn);
  return {
    arn,
    tags,
    state: { min: MinSize, max: MaxSize, desired: DesiredCapacity, suspended } satisfies State,
    phase: phaseOf(group),
    isLocked: isMarked(tags),
    ...(held !== undefined && {
      obstacle: `${held.InstanceId} is protected from scale-in, and would run on`,
    }),
  };
}

function phaseOf({ Status, DesiredCapacity = 0, Instances = [] }: AutoScalingGroup): Seen['phase'] {
  // A group has a status only while it is deleted.
  if (Status !== undefined) return 'between';
  if (DesiredCapacity === 0) return Instances.length === 0 ? 'off' : 'between';
  const inService = Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').length;
  return inService >= DesiredCapacity ? 'on' : 'between';
}
