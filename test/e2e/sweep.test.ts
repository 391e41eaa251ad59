import { asc } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweepLooks } from '../../src/db/schema.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { keepSweepSchedule, sweepScheduleId } from '../../src/dispatcher/sweep-schedule.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import { workflowIdOf, type SweepEnding } from '../../workflows/messages.js';
import { forbear } from '../support/cli.js';
import { accountOf, sendInvoice, settleIn, sizes, sizesOf, untilStage, type Life } from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// The second look at who was paused is far away: it would lift him before the sweep does.
const policy = `name: sweep
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 8s
  lead: 3s
dwell: 1s
contact: help@forbear.test
recheck: 1h
holdRetry: 6h
`;

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;

beforeAll(async () => {
  folder = makeTestFolder('sweep');
  stack = await startStack(stackOptions(folder.path, policy));
  ways = waysInto(stack);
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

const schedule = () => ways.temporal.schedule.getHandle(sweepScheduleId);
const runOf = ({ id }: Life) => ways.temporal.workflow.getHandle(workflowIdOf(id));

async function sweep(): Promise<SweepEnding> {
  const { code, out, err } = await forbear(['sweep', '--json'], stack.settings ?? ways.settings);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as SweepEnding;
}

it('is begun by a schedule of the worker, every quarter of an hour and one at a time', async () => {
  const { spec, policies, action } = await schedule().describe();
  expect(spec.intervals).toMatchObject([{ every: 15 * MINUTE_MS }]);
  expect(policies.overlap).toBe('SKIP');
  expect(action).toMatchObject({ workflowType: 'sweep' });
});

it('is set anew by each worker, stays paused where a person has paused it, and ends when it is turned off', async () => {
  await schedule().pause('for a test');
  await keepSweepSchedule(ways.temporal, 5 * MINUTE_MS);
  const { spec, state } = await schedule().describe();
  expect([spec.intervals?.[0]?.every, state.paused]).toEqual([5 * MINUTE_MS, true]);
  await keepSweepSchedule(ways.temporal, 0);
  await keepSweepSchedule(ways.temporal, 0);
  await expect(schedule().describe()).rejects.toThrow();
});

it('I17 P-1 P-2 lifts who is paid and off although every event was lost, before it sees to everybody else', async () => {
  const [paid, open] = [await settleIn(ways, 'Paid'), await settleIn(ways, 'Open')];
  const invoice = await sendInvoice(ways, paid, 9_900);
  await untilStage(ways, paid, 'paused');
  await sendInvoice(ways, open, 9_900);
  await untilStage(ways, open, 'reminded');
  await runOf(open).terminate('by mistake');
  const [endpoint] = (await ways.stripe.webhookEndpoints.list()).data;
  await ways.stripe.webhookEndpoints.update(endpoint?.id ?? '', { disabled: true });
  await ways.stripe.invoices.pay(invoice, { paid_out_of_band: true });
  const ending = await sweep();
  expect(ending).toMatchObject({ looked: 2, mended: 2, failed: 0, isWhole: true });
  expect(ending.found).toEqual({ paid: 1, workflow_missing: 1 });
  await untilStage(ways, paid, 'recovered');
  expect(await sizesOf(ways, paid)).toEqual(sizes);
  expect((await accountOf(ways, paid)).access).toBe('active');
  await untilStage(ways, open, 'paused');
  expect((await runOf(open).describe()).status.name).toBe('RUNNING');
  const looks = await ways.db.select().from(sweepLooks).orderBy(asc(sweepLooks.lookedAt));
  expect(looks.map(({ account }) => account)).toEqual([paid.id, open.id]);
  const doctor = await forbear(['doctor', '--json'], stack.settings ?? ways.settings);
  expect(doctor.out).toContain('2 read again, 2 mended, 0 failed');
});
