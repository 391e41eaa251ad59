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
import { givesBackAt, type Life } from './life.js';
import { isContainment, isReissue, type Mailbox, type Message } from './mailbox.js';
import { effectTaskQueue } from './messages.js';
import { unless } from './unless.js';

const patient: ActivityOptions = {
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry,
};
const { readFacts, readOwnFacts } = proxyActivities<EffectActivities>(patient);

// A person who orders something waits for his answer, and some orders must not wait for Stripe at all.
const { readFacts: readFactsSoon } = proxyActivities<EffectActivities>({
  ...patient,
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
 * Reads the facts, for as long as it takes. `null`: Stripe does not answer, a person has ordered something meanwhile or what
 * is to be given back is due, and the case knows enough for that. A case that knows nothing yet doesn't ask Stripe before it
 * has obeyed an order to restrict.
 */
export async function look(
  account: AccountId,
  life: Life | null,
  messages: readonly Message[],
  mailbox: Mailbox,
): Promise<Sight | null> {
  const wantsRules = life?.file.rulesWanted === true || messages.some(isReissue);
  const reminded = life?.file.rounds.remind ?? 0;
  const request = {
    account,
    caseId: life?.file.id ?? null,
    ...(reminded > 0 && { reminded }),
    ...(wantsRules && { rules: true as const }),
    ...(life?.file.hold?.reason === 'no_recipient' && { reach: true as const }),
  };
  if (life === null || life.standing === null) {
    const whole = messages.some(isContainment)
      ? null
      : await nullIfCut(
          unless(
            () => mailbox.contained,
            () => readFacts(request),
          ),
        );
    return whole === null ? blindSightOf(await readOwnFacts(request)) : sightOf(whole);
  }
  const dueMs = givesBackAt(life.file) - Date.now();
  const mustBeQuick = dueMs <= 0 || messages.some(({ kind }) => kind === 'order');
  const reading = mustBeQuick
    ? readFactsSoon(request)
    : unless(
        () => mailbox.ordered,
        () => readFacts(request),
        dueMs,
      );
  const whole = await nullIfCut(reading);
  return whole === null ? null : sightOf(whole);
}

/** `null` when the reading took too long, or was stopped. */
async function nullIfCut<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (failure) {
    if (CancellationScope.current().consideredCancelled || !isCutShort(failure)) throw failure;
    return null;
  }
}

const isCutShort = (failure: unknown) =>
  isCancellation(failure) ||
  (failure instanceof ActivityFailure && failure.cause instanceof TimeoutFailure) ||
  // What Stripe answered last stands in for the timeout, when that comes between two tries.
  (failure instanceof ActivityFailure &&
    failure.cause instanceof ApplicationFailure &&
    failure.cause.nonRetryable !== true);
