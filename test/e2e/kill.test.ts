import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { effects } from '../../src/db/schema.js';
import { freePorts, type DevOptions } from '../../src/dev/options.js';
import { settlePorts } from '../../src/dev/ports.js';
import { eventually } from '../support/dev-eventually.js';
import {
  sendInvoice,
  settleIn,
  sizes,
  sizesOf,
  untilMails,
  untilStage,
  type Life,
} from '../support/lives.js';
import { auditOf, faultsOf, mailsById, recordOf, type LifeRecord } from '../support/lives-record.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { startStackProcess, type StackProcess } from '../support/stack-process.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// One reminder, and then so long a lead that a whole stack can be started again within it, and once more.
const policy = `name: killed
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 13s
  lead: 12s
dwell: 1s
longestEpisode: 10m
contact: help@forbear.test
recheck: 3s
holdRetry: 3s
`;
// Each of two instances, one after the other: long enough to be killed in.
const drainMs = 3_000;

let folder: ReturnType<typeof makeTestFolder>;
let options: DevOptions;
let stack: StackProcess;
let ways: Ways;
let undisturbed: LifeRecord;

async function up(): Promise<void> {
  stack = await startStackProcess(options);
  ways = waysInto(stack.describe());
}

beforeAll(async () => {
  folder = makeTestFolder('kill');
  // The same ports after a restart, so that links in mails are the same.
  options = stackOptions(folder.path, policy, { ports: await settlePorts(freePorts) });
  await up();
  undisturbed = await recordOf(ways, await live('Undisturbed'));
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

type Disturbances = {
  readonly reminded?: () => Promise<void>;
  readonly pausing?: (life: Life) => Promise<void>;
};

/** From the first unpaid invoice to the thanks, with the same steps every time, and something that gets in between. */
async function live(name: string, disturbances: Disturbances = {}): Promise<Life> {
  const life = await settleIn(ways, name);
  await ways.platform.setDrainMs(life.ref, drainMs);
  const invoice = await sendInvoice(ways, life, 4_900);
  await untilStage(ways, life, 'reminded');
  await disturbances.reminded?.();
  const isHalfWay = async () => {
    const { web, jobs } = await sizesOf(ways, life);
    return web === 0 && jobs === sizes.jobs;
  };
  await eventually('one instance is off and the next one is not', isHalfWay, 60_000);
  await disturbances.pausing?.(life);
  await untilStage(ways, life, 'paused');
  await untilMails(ways, life, 2);
  await ways.stripe.invoices.pay(invoice);
  await untilStage(ways, life, 'recovered');
  return life;
}

async function expectUndisturbed(life: Life): Promise<void> {
  expect(faultsOf(await auditOf(ways, life))).toEqual([]);
  expect(await recordOf(ways, life)).toEqual(undisturbed);
  const copies = [...(await mailsById(ways, life)).values()].map(({ length }) => length);
  // A kill between the mail server's yes and our note of it: the same message, at most once more.
  expect(copies.reduce((sum, n) => sum + n - 1, 0)).toBeLessThanOrEqual(1);
}

const pauseOf = async ({ id }: Life) =>
  (
    await ways.db
      .select()
      .from(effects)
      .where(and(eq(effects.account, id), eq(effects.step, 'pause')))
  )[0];

describe('a life that is disturbed', () => {
  it('is what the same life is without: the undisturbed one is whole', () => {
    const { audit, mails, sizes: left, caseFile } = undisturbed;
    expect(left).toEqual(sizes);
    expect(caseFile).toMatchObject({
      stage: 'recovered',
      rounds: { remind: 2, pause: 1, lift: 1, close: 1 },
      remarks: [],
    });
    expect(audit).toHaveLength(10);
    expect(mails).toHaveLength(3);
  });

  it('TT-3 TT-5 by kill -9 of the worker in mid-pause leaves the same case file, audit log and mails', async () => {
    const life = await live('Workerless', {
      pausing: async (of) => {
        const before = await pauseOf(of);
        expect(before).toMatchObject({ claims: 1, settledAt: null });
        const { worker } = stack.describe().pids;
        process.kill(worker ?? 0, 'SIGKILL');
        await eventually('a new worker runs', () => {
          const { pids } = stack.describe();
          return pids.worker !== undefined && pids.worker !== worker;
        });
      },
    });
    // It really was taken up again by the new worker.
    expect((await pauseOf(life))?.claims).toBeGreaterThan(1);
    await expectUndisturbed(life);
  });

  it('TT-2 TT-5 by kill -9 of the whole stack in mid-case leaves the same case file, audit log and mails', async () => {
    const life = await live('Powerless', {
      reminded: async () => {
        const before = stack.describe().pids;
        await stack.kill9();
        await ways.close();
        await up();
        const after = stack.describe().pids;
        for (const [part, pid] of Object.entries(after))
          expect(pid).not.toBe(before[part as keyof typeof before]);
      },
    });
    await expectUndisturbed(life);
  });
});
