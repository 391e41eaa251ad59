import type { Instance } from '@aws-sdk/client-ec2';
import { z } from 'zod';
import { lastOf } from '../arn.js';
import { isGone } from '../failures.js';
import { tagsOf } from '../tags.js';
import { archivesOfVolumes } from './ec2-archives.js';
import { allOf, isMarked, markByTags, stateFor, type Kind, type KindContext, type Seen } from './kind.js';

const stateShape = z.strictObject({ running: z.boolean() });

// These come and go with their group, which is paused in their place.
const ofAGroup = 'aws:autoscaling:groupName';

const phases: Readonly<Record<string, Seen['phase']>> = { running: 'on', stopped: 'off' };

/** Instances, stopped and started. Those of an Auto Scaling group are left to it. */
export function createEc2Kind({ clients, pageSize, tag, ...place }: KindContext): Kind {
  const open = clients.ec2;
  const seenIn = (reservations: readonly Reservation[] = []) =>
    reservations.flatMap(({ OwnerId = '', Instances = [] }) =>
      Instances.flatMap((instance) => seenOf(instance, { ...place, owner: OwnerId }) ?? []),
    );

  async function describe(id: string): Promise<Seen | null> {
    const { client, sdk } = await open();
    try {
      const { Reservations } = await client.send(new sdk.DescribeInstancesCommand({ InstanceIds: [id] }));
      return seenIn(Reservations)[0] ?? null;
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  return {
    name: 'ec2-instance',
    async list(ref) {
      const { client, sdk } = await open();
      const Filters = [{ Name: `tag:${tag}`, Values: [literally(ref)] }];
      const pages = sdk.paginateDescribeInstances({ client, ...(pageSize && { pageSize }) }, { Filters });
      return seenIn(await allOf(pages, ({ Reservations }) => Reservations));
    },
    look: (arn) => describe(lastOf(arn)),
    async pause({ arn, phase, state }) {
      if (phase === 'off' || (phase === 'between' && state['running'] === false)) return;
      const { client, sdk } = await open();
      await client.send(new sdk.StopInstancesCommand({ InstanceIds: [lastOf(arn)] }));
    },
    async resume({ arn, state }, wanted) {
      const { running } = stateFor(stateShape, 'ec2-instance', wanted);
      if (state['running'] === running) return;
      const { client, sdk } = await open();
      const InstanceIds = [lastOf(arn)];
      if (running) await client.send(new sdk.StartInstancesCommand({ InstanceIds }));
      else await client.send(new sdk.StopInstancesCommand({ InstanceIds }));
    },
    mark: markByTags(
      async (arn, tags) => {
        const { client, sdk } = await open();
        const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        return client.send(new sdk.CreateTagsCommand({ Resources: [lastOf(arn)], Tags }));
      },
      async (arn, keys) => {
        const { client, sdk } = await open();
        const Tags = keys.map((Key) => ({ Key }));
        return client.send(new sdk.DeleteTagsCommand({ Resources: [lastOf(arn)], Tags }));
      },
    ),
    forGood: archivesOfVolumes(open),
  };
}

/** In a filter of EC2 `*` and `?` stand for anything: an account may not be found by another one's name. */
const literally = (value: string) => value.replace(/[\\*?]/g, '\\$&');

type Reservation = { readonly OwnerId?: string | undefined; readonly Instances?: Instance[] | undefined };

type Place = { readonly region: string; readonly partition: string; readonly owner: string };

function seenOf(
  { InstanceId = '', State, Tags }: Instance,
  { partition, region, owner }: Place,
): Seen | null {
  const status = State?.Name ?? '';
  const tags = tagsOf(Tags);
  if (status === 'terminated' || tags.has(ofAGroup)) return null;
  return {
    arn: `arn:${partition}:ec2:${region}:${owner}:instance/${InstanceId}`,
    tags,
    state: { running: status === 'running' || status === 'pending' },
    phase: phases[status] ?? 'between',
    isLocked: isMarked(tags),
  };
}
