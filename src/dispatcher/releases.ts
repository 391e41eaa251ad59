import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Db } from '../db/client.js';
import { tellingRelease } from '../db/queries/releases.js';
import type { HoldReason } from '../domain/effect.js';
import type { AccountId } from '../domain/ids.js';
import { brakeReleased, workflowIdOf } from '../../workflows/messages.js';
import { patienceMs } from './signaller.js';

/** Tells the account's case that what held it is over. One that runs no more has nothing to be told. */
export type TellCase = (account: AccountId, hold: HoldReason) => Promise<void>;

export function createTellCase(client: Client): TellCase {
  return async (account, hold) => {
    const { workflow, connection } = client;
    try {
      await connection.withDeadline(Date.now() + patienceMs, () =>
        workflow.getHandle(workflowIdOf(account)).signal(brakeReleased, hold),
      );
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
}

// Each looks at Stripe then, and acts: as many as are dispatched at a time.
const toldAtOnce = 8;

/**
 * Tells every case that is held for it of the oldest release; resolves to how many, `null` when none waits. One that could
 * not be told to the end is told anew, to all: a case that hears of it twice looks twice.
 */
export async function tellNextRelease(db: Db, tell: TellCase): Promise<number | null> {
  let count = 0;
  const found = await tellingRelease(db, async (hold, held) => {
    let batch: Promise<void>[] = [];
    for await (const account of held) {
      count += 1;
      batch.push(tell(account, hold));
      if (batch.length < toldAtOnce) continue;
      await Promise.all(batch);
      batch = [];
    }
    await Promise.all(batch);
  });
  return found ? count : null;
}
