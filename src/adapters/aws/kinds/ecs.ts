import type { Service } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { PortError } from '../../../ports/errors.js';
import { isGone } from '../failures.js';
import type { Tags } from '../tags.js';
import { allOf, chunksOf, isMarked, markByTags, stateFor } from './kind.js';
import type { Kind, KindContext, Seen } from './kind.js';

const stateShape = z.strictObject({ desiredCount: z.int().min(0) });

// As many as ECS describes at once.
const describedAtOnce = 10;

/** Services, scaled to 0 and back. Services of the kind DAEMON have no count: they are not found. */
export function createEcsKind({ clients, pageSize, tag }: KindContext): Kind {
  const open = clients.ecs;

  async function describe(cluster: string, services: string[]): Promise<Seen[]> {
    const { client, sdk } = await open();
    const asked = new sdk.DescribeServicesCommand({ cluster, services, include: ['TAGS'] });
    const { services: found = [], failures = [] } = await client.send(asked);
    const failure = failures.find(({ reason }) => reason !== 'MISSING');
    if (failure !== undefined)
      throw new PortError('TARGET_UNAVAILABLE', `ECS can't describe ${failure.arn}: ${failure.reason}`);
    return found.filter(isThere).map(seenOf);
  }

  async function scale(arn: string, desiredCount: number): Promise<void> {
    const { client, sdk } = await open();
    const { cluster } = placeOf(arn);
    await client.send(new sdk.UpdateServiceCommand({ cluster, service: arn, desiredCount }));
  }

  async function listIn(cluster: string, ref: string): Promise<Seen[]> {
    const { client, sdk } = await open();
    const pages = sdk.paginateListServices({ client, pageSize: pageSize ?? 100 }, { cluster });
    const arns = await allOf(pages, ({ serviceArns }) => serviceArns);
    const seen: Seen[] = [];
    for (const some of chunksOf(arns, describedAtOnce)) seen.push(...(await describe(cluster, some)));
    return seen.filter(({ tags }) => tags.get(tag) === ref);
  }

  return {
    name: 'ecs-service',
    async list(ref) {
      const { client, sdk } = await open();
      const pages = sdk.paginateListClusters({ client }, {});
      const seen: Seen[] = [];
      for (const cluster of await allOf(pages, ({ clusterArns }) => clusterArns))
        seen.push(...(await listIn(cluster, ref)));
      return seen;
    },
    async look(arn) {
      try {
        return (await describe(placeOf(arn).cluster, [arn]))[0] ?? null;
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
    async pause({ arn, state }) {
      if (state['desiredCount'] !== 0) await scale(arn, 0);
    },
    async resume({ arn, state }, wanted) {
      const { desiredCount } = stateFor(stateShape, 'ecs-service', wanted);
      if (state['desiredCount'] !== desiredCount) await scale(arn, desiredCount);
    },
    mark: markByTags(
      async (resourceArn, tags) => {
        const { client, sdk } = await open();
        const pairs = Object.entries(tags).map(([key, value]) => ({ key, value }));
        return client.send(new sdk.TagResourceCommand({ resourceArn, tags: pairs }));
      },
      async (resourceArn, keys) => {
        const { client, sdk } = await open();
        return client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: [...keys] }));
      },
    ),
    forGood: null,
  };
}

/** `arn:aws:ecs:region:account:service/cluster/name`. Those of before 2019 do not name their cluster. */
function placeOf(arn: string): { readonly cluster: string } {
  const cluster = /:service\/([^/]+)\/[^/]+$/.exec(arn)?.[1];
  if (cluster !== undefined) return { cluster };
  throw new PortError('TARGET_REFUSED', `${arn} does not name its cluster: migrate it to the long format`);
}

const isThere = ({ status, schedulingStrategy }: Service) =>
  status === 'ACTIVE' && schedulingStrategy !== 'DAEMON';

function seenOf({
  serviceArn = '',
  desiredCount = 0,
  runningCount = 0,
  pendingCount = 0,
  tags,
}: Service): Seen {
  const read: Tags = new Map((tags ?? []).map(({ key = '', value = '' }) => [key, value]));
  return {
    arn: serviceArn,
    tags: read,
    state: { desiredCount },
    phase: phaseOf(desiredCount, runningCount, pendingCount),
    isLocked: isMarked(read),
  };
}

function phaseOf(desired: number, running: number, pending: number): Seen['phase'] {
  if (desired === 0) return running + pending === 0 ? 'off' : 'between';
  return running >= desired ? 'on' : 'between';
}
