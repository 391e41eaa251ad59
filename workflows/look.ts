import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { EffectActivities } from '../activities/index.js';
import type { AccountFacts, OwnFacts } from '../activities/standing.js';
import { wholeStanding, wholeTracks } from '../src/domain/brief.js';
import type { AccountId } from '../src/domain/ids.js';
import type { Standing } from '../src/domain/standing.js';
import type { Tracks } from '../src/domain/witness.js';
import { heartbeatTimeout, retry } from './effects.js';
import type { Life } from './life.js';
import type { Mailbox, Message } from './mailbox.js';
import { effectTaskQueue } from './messages.js';
import { unless } from './unless.js';

const reading: ActivityOptions = {
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry,
};
const { readFacts, readOwnFacts } = proxyActivities<EffectActivities>(reading);

// A person who orders something waits for his answer, and some orders must not wait for Stripe at all.
const { readFacts: readFactsSoon } = proxyActivities<EffectActivities>({
  ...reading,
  scheduleToCloseTimeout: '10 seconds',
});

/** What a look has shown; without a standing when it was not Stripe's turn. */
export type Sight = Pick<OwnFacts, 'beginning'> & {
  readonly tracks: Tracks;
  readonly standing: Standing | null;
};

const sightOf = ({ standing, tracks, beginning }: AccountFacts): Sight => ({
  standing: wholeStanding(standing),
  tracks: wholeTracks(tracks),
  beginning,
});

const blindSightOf = ({ tracks, beginning }: OwnFacts): Sight => ({
  standing: null,
  tracks: wholeTracks(tracks),
  beginning,
});

/**
 * Reads the facts, for as long as it takes. `null`: a person has ordered something meanwhile, Stripe does not answer, and the
 * case knows enough to obey. A case that begins with an order to restrict doesn't ask Stripe before it has obeyed.
 */
export async function look(
  account: AccountId,
  life: Life | null,
  messages: readonly Message[],
  mailbox: Mailbox,
): Promise<Sight | null> {
  const request = { account, caseId: life?.file.id ?? null };
  if (life === null || life.standing === null)
    return messages.some(isContainment)
      ? blindSightOf(await readOwnFacts(request))
      : sightOf(await readFacts(request));
  const isOrdered = messages.some(({ kind }) => kind === 'order');
  try {
    return sightOf(
      await (isOrdered
        ? readFactsSoon(request)
        : unless(
            () => mailbox.ordered,
            () => readFacts(request),
          )),
    );
  } catch (failure) {
    if (CancellationScope.current().consideredCancelled || !isCutShort(failure)) throw failure;
    return null;
  }
}

const isContainment = (message: Message) => message.kind === 'order' && message.request.kind === 'restrict';

const isCutShort = (failure: unknown) =>
  isCancellation(failure) ||
  (failure instanceof ActivityFailure && failure.cause instanceof TimeoutFailure) ||
  // What Stripe answered last stands in for the timeout, when that comes between two tries.
  (failure instanceof ActivityFailure &&
    failure.cause instanceof ApplicationFailure &&
    failure.cause.nonRetryable !== true);
