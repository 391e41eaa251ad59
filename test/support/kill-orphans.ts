import { and, eq, isNull } from 'drizzle-orm';
import { cases, effects, inbox, type InboxState } from '../../src/db/schema.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { eventually } from './dev-eventually.js';
import type { Life } from './lives.js';
import type { Ways } from './stack.js';

/**
 * What nobody sees to any more: nothing when every event is done with, every claim has its outcome, and the account has a
 * run exactly as long as it has an open case. What is on its way is given a minute.
 */
export async function orphansOf(ways: Ways, life: Life): Promise<string[]> {
  const isNone = async () => (await lookForOrphans(ways, life)).length === 0;
  await eventually('nothing is orphaned', isNone, 60_000).catch(() => undefined);
  return lookForOrphans(ways, life);
}

const undone: readonly InboxState[] = ['pending', 'unmatched', 'dead'];

async function lookForOrphans({ db, temporal }: Ways, { id, customer }: Life): Promise<string[]> {
  const events = await db.select().from(inbox).where(eq(inbox.customer, customer));
  const unsettled = and(eq(effects.account, id), isNull(effects.settledAt));
  const claimed = await db.select().from(effects).where(unsettled);
  const open = await db
    .select()
    .from(cases)
    .where(and(eq(cases.account, id), isNull(cases.closedAt)));
  const { status } = await temporal.workflow.getHandle(workflowIdOf(id)).describe();
  const isRunning = status.name === 'RUNNING';
  return [
    ...events.filter(({ state }) => undone.includes(state)).map(({ type, state }) => `${type} is ${state}`),
    ...claimed.map(({ step, round }) => `${step}/${round} is claimed and has no outcome`),
    ...(open.length === Number(isRunning)
      ? []
      : [`${open.length} cases are open, its run is ${status.name}`]),
  ];
}
