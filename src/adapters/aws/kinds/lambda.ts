import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { isGone } from '../failures.js';
import type { Tags } from '../tags.js';
import { allOf, eachOf, isMarked, markByTags, stateFor } from './kind.js';
import type { Kind, KindContext, Seen } from './kind.js';

/** `null`: none is reserved, it takes from what all share. */
const stateShape = z.strictObject({ reservedConcurrency: z.int().min(0).nullable() });

/** Functions: with a reserved concurrency of 0 AWS runs none of it. */
export function createLambdaKind({ clients, pageSize, tag }: KindContext): Kind {
  const open = clients.lambda;

  async function tagsOn(Resource: string): Promise<Tags> {
    const { client, sdk } = await open();
    const { Tags = {} } = await client.send(new sdk.ListTagsCommand({ Resource }));
    return new Map(Object.entries(Tags));
  }

  async function seenOf(configuration: FunctionConfiguration, tags: Tags): Promise<Seen> {
    const { FunctionArn = '', State = 'Active' } = configuration;
    const { client, sdk } = await open();
    const asked = new sdk.GetFunctionConcurrencyCommand({ FunctionName: FunctionArn });
    const { ReservedConcurrentExecutions: reserved = null } = await client.send(asked);
    // One that has idled long is inactive, and wakes with its next call.
    const isReady = State === 'Active' || State === 'Inactive';
    return {
      arn: FunctionArn,
      tags,
      state: { reservedConcurrency: reserved },
      phase: reserved === 0 ? 'off' : isReady ? 'on' : 'between',
      isLocked: isMarked(tags),
    };
  }

  async function reserve(FunctionName: string, reserved: number | null): Promise<void> {
    const { client, sdk } = await open();
    if (reserved === null) await client.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName }));
    else {
      const asked = { FunctionName, ReservedConcurrentExecutions: reserved };
      await client.send(new sdk.PutFunctionConcurrencyCommand(asked));
    }
  }

  return {
    name: 'lambda-function',
    async list(ref) {
      const { client, sdk } = await open();
      const pages = sdk.paginateListFunctions({ client, ...(pageSize && { pageSize }) }, {});
      const all = await allOf(pages, ({ Functions }) => Functions);
      const tagged = await eachOf(all, async (one) => ({ one, tags: await tagsOn(one.FunctionArn ?? '') }));
      return eachOf(
        tagged.filter(({ tags }) => tags.get(tag) === ref),
        ({ one, tags }) => seenOf(one, tags),
      );
    },
    async look(arn) {
      const { client, sdk } = await open();
      try {
        const asked = new sdk.GetFunctionConfigurationCommand({ FunctionName: arn });
        return await seenOf(await client.send(asked), await tagsOn(arn));
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
    async pause({ arn, phase }) {
      if (phase !== 'off') await reserve(arn, 0);
    },
    async resume({ arn, state }, wanted) {
      const { reservedConcurrency } = stateFor(stateShape, 'lambda-function', wanted);
      if (state['reservedConcurrency'] !== reservedConcurrency) await reserve(arn, reservedConcurrency);
    },
    mark: markByTags(
      async (Resource, tags) => {
        const { client, sdk } = await open();
        return client.send(new sdk.TagResourceCommand({ Resource, Tags: { ...tags } }));
      },
      async (Resource, keys) => {
        const { client, sdk } = await open();
        return client.send(new sdk.UntagResourceCommand({ Resource, TagKeys: [...keys] }));
      },
    ),
    forGood: null,
  };
}
