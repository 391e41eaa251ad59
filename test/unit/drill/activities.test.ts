import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { createFireDrillActivities, reasonToSpare } from '../../../activities/fire-drill.js';
import { createMemoryBilling } from '../../../src/adapters/memory/billing.js';
import { createMemoryPolicies } from '../../../src/adapters/memory/policies.js';
import { createMemorySessionEnds } from '../../../src/adapters/memory/session-ends.js';
import type { DrillRowStatus } from '../../../src/domain/drill.js';
import { asAccountId, asCustomerId, asInvoiceId } from '../../../src/domain/ids.js';
import type { Verdict } from '../../../src/domain/standing.js';
import { DAY_MS } from '../../../src/domain/time.js';
import { loadPolicy } from '../../../src/policy/load.js';
import type { Account } from '../../../src/ports/cases.js';
import type { AccessTaken, DrillLine, Drills } from '../../../src/ports/drills.js';
import { PortError } from '../../../src/ports/errors.js';
import type { SessionStore } from '../../../src/ports/sessions.js';
import { dayZero, standingThatIs } from '../../support/facts.js';

const customer = asCustomerId('cus_1');
const overdue = { id: asInvoiceId('in_1'), customer, amountMinor: 4_900, failedAt: dayZero - 30 * DAY_MS };

const account: Account = {
  id: asAccountId('00000000-0000-4000-8000-000000000001'),
  ref: 'acme',
  name: 'Acme',
  contacts: [],
  language: null,
  customers: [customer],
  tags: [],
  country: null,
  plan: null,
  timeZone: null,
  since: null,
};

/** A drill in memory, of lines that name accounts of their own. */
function memoryDrills(count: number, isOverridden = false) {
  const lines = Array.from({ length: count }, (_, index) => ({
    line: index + 2,
    account: index === 0 ? account : { id: asAccountId(`account ${index}`), ref: `other-${index}` },
    isOverridden,
    status: 'waiting',
    detail: '',
    hasSessions: true,
  }));
  const log: string[] = [];
  const held: AccessTaken[] = [];
  const become = (line: number, status: DrillRowStatus, detail: string) => {
    const one = lines.find((known) => known.line === line);
    if (one !== undefined) Object.assign(one, { status, detail });
    return Promise.resolve();
  };
  const where = (is: (one: (typeof lines)[number]) => boolean, limit: number): Promise<DrillLine[]> =>
    Promise.resolve(lines.filter(is).slice(0, limit));
  const drills: Drills = {
    takeAccess: (_, limit) => {
      const first = held.shift();
      if (first !== undefined) return Promise.resolve(first);
      // Parts as small as can be, so that a test sees what comes between them.
      const taken = lines.filter(({ status }) => status === 'waiting').slice(0, Math.min(2, limit));
      for (const one of taken) one.status = 'access_off';
      if (taken.length > 0) log.push(`access of ${taken.length}`);
      return Promise.resolve({ status: 'taken', count: taken.length });
    },
    withSessions: (_, limit) =>
      where((one) => ['access_off', 'ordered'].includes(one.status) && one.hasSessions, limit),
    noteSessionsEnded: (_, ended) => {
      for (const one of lines) if (ended.includes(one.line)) one.hasSessions = false;
      log.push(`sessions of ${ended.length}`);
      return Promise.resolve();
    },
    noteAccessOff: () => Promise.resolve(void log.push('access is off')),
    toRead: (_, after, limit) => where((one) => one.status === 'access_off' && one.line > after, limit),
    order: (_, line) => become(line, 'ordered', ''),
    refuse: (_, line, why) => become(line, 'refused', why),
    underWay: () => Promise.resolve([]),
    settle: (_, line, status, detail) => become(line, status, detail),
    refuseWaiting: async (_, why) => {
      for (const one of lines) if (one.status === 'waiting') await become(one.line, 'refused', why);
    },
    end: () => Promise.resolve(void log.push('end')),
  };
  const shown = () => lines.map(({ status }) => status);
  return { drills, log, held, shown, details: () => lines.map(({ detail }) => detail) };
}

function open({ count = 1, isOverridden = false, fails = 0 } = {}) {
  const list = memoryDrills(count, isOverridden);
  const clock = () => dayZero;
  const billing = createMemoryBilling({ clock });
  billing.addCustomer({ id: customer });
  const woken: string[] = [];
  const warned: string[] = [];
  let failures = fails;
  const store: SessionStore = {
    name: 'app',
    end: (accounts) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new PortError('TARGET_UNAVAILABLE', 'app: no answer'));
      return Promise.resolve(accounts.map(({ ref }) => ({ ref, ended: 1 })));
    },
    left: () => Promise.resolve(0),
    inspect: () => Promise.resolve({ reached: 'app', rights: [] }),
    close: () => Promise.resolve(),
  };
  const activities = createFireDrillActivities({
    accounts: {
      read: (id) => Promise.resolve({ ...account, id }),
      noteRefused: () => Promise.resolve(account),
    },
    billing,
    drills: list.drills,
    logger: {
      info: () => undefined,
      warn: (_, says) => void warned.push(says),
      error: () => undefined,
    },
    policies: createMemoryPolicies(loadPolicy('policies/saas.yaml'), clock),
    runs: {
      isRunning: () => Promise.resolve(false),
      wake: ({ id }) => Promise.resolve(void woken.push(id)),
      running: async function* () {},
    },
    nextTurn: () => Promise.resolve(),
    sessionEnds: createMemorySessionEnds(clock),
    sessionStores: [store],
  });
  const run = <T>(activity: (drill: string) => Promise<T>) =>
    new MockActivityEnvironment().run<[string], T, typeof activity>(activity, 'drill');
  return { ...list, activities, billing, run, warned, woken };
}

/** A subscription that lives: with it, who owes nothing pays. */
function subscribe({ billing }: ReturnType<typeof open>): void {
  billing.setSubscription(customer, 'sub_1', 'live');
}

describe('FD-1 the activities of a fire drill', () => {
  it('take access from everybody before a store of sessions is told', async () => {
    const { activities, run, log } = open({ count: 5 });
    expect(await run(activities.switchOffAccess)).toEqual({ status: 'off' });
    await run(activities.endSessionsOf);
    expect(log).toEqual(['access of 2', 'access of 2', 'access of 1', 'sessions of 5', 'access is off']);
  });

  it('end the sessions also of who was read again meanwhile', async () => {
    const world = open({ count: 2, isOverridden: true });
    await world.run(world.activities.switchOffAccess);
    await world.run(world.activities.readAgain);
    expect(world.shown()).toEqual(['ordered', 'ordered']);
    await world.run(world.activities.endSessionsOf);
    expect(world.log.slice(-2)).toEqual(['sessions of 2', 'access is off']);
  });

  it('leave nobody’s access on because a store is away, fail, and go on there when repeated', async () => {
    const { activities, run, log, shown } = open({ count: 5, fails: 2 });
    expect(await run(activities.switchOffAccess)).toEqual({ status: 'off' });
    for (let times = 0; times < 2; times += 1) {
      await expect(run(activities.endSessionsOf)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
      expect(new Set(shown())).toEqual(new Set(['access_off']));
      expect(log).not.toContain('access is off');
    }
    await run(activities.endSessionsOf);
    expect(log.slice(-2)).toEqual(['sessions of 5', 'access is off']);
  });

  it('go on by themselves when a freeze has ended', async () => {
    const { activities, run, held, shown } = open();
    held.push({ status: 'held', reason: 'frozen' });
    expect(await run(activities.switchOffAccess)).toEqual({ status: 'off' });
    expect(shown()).toEqual(['access_off']);
  });

  it('count who could not be read, leave access off and wake no case for him', async () => {
    const world = open();
    await world.run(world.activities.switchOffAccess);
    world.billing.failNext(1);
    expect(await world.run(world.activities.readAgain)).toEqual({ unread: 1 });
    expect([world.shown(), world.woken]).toEqual([['access_off'], []]);
    expect(world.warned).toEqual(['a line of a fire drill could not be read again']);
    world.billing.cutLists(true);
    expect(await world.run(world.activities.readAgain)).toEqual({ unread: 1 });
    expect(world.shown()).toEqual(['access_off']);
    await world.run(world.activities.endDrill);
    expect([world.shown(), world.log.at(-1)]).toEqual([['failed'], 'end']);
    expect(world.details()[0]).toContain('access is off, and what runs goes on');
  });

  it('give back to who pays by a fresh reading', async () => {
    const world = open();
    subscribe(world);
    await world.run(world.activities.switchOffAccess);
    expect(await world.run(world.activities.readAgain)).toEqual({ unread: 0 });
    expect([world.shown(), world.details(), world.woken]).toEqual([
      ['refused'],
      ['it pays: nothing is overdue at Stripe'],
      [],
    ]);
  });

  it('give back to whose payment began after access was taken', async () => {
    const world = open();
    subscribe(world);
    world.billing.addInvoice(overdue);
    await world.run(world.activities.switchOffAccess);
    world.billing.startPayment(overdue.id, dayZero);
    expect(await world.run(world.activities.readAgain)).toEqual({ unread: 0 });
    expect([world.shown(), world.details()]).toEqual([['refused'], ['a payment is on its way']]);
  });

  it('order the case of who owes, of who subscribes to nothing, and of who was named though he pays', async () => {
    const owing = open();
    subscribe(owing);
    owing.billing.addInvoice(overdue);
    const gone = open();
    const named = open({ isOverridden: true });
    subscribe(named);
    for (const world of [owing, gone, named]) {
      await world.run(world.activities.switchOffAccess);
      expect(await world.run(world.activities.readAgain)).toEqual({ unread: 0 });
      expect([world.shown(), world.woken]).toEqual([['ordered'], [account.id]]);
    }
    expect(named.billing.reads).toEqual([]);
  });

  it('refuse at the end who was frozen all the time', async () => {
    const { activities, run, shown } = open({ count: 2 });
    await run(activities.endDrill);
    expect(shown()).toEqual(['refused', 'refused']);
  });
});

const spared: Readonly<Record<Verdict, string | null>> = {
  unclear: 'unclear',
  owing: null,
  clear: 'it pays: nothing is overdue at Stripe',
  in_flight: 'a payment is on its way',
  unconfirmed: 'a payment is on its way',
  promised: 'instalments were agreed on',
  covered: 'a credit covers what is owed',
};

describe('FD-1 whom a fresh reading spares', () => {
  it.each(Object.entries(spared) as [Verdict, string | null][])('%s: %s', (verdict, why) => {
    expect(reasonToSpare(standingThatIs(verdict, dayZero, 'live'), verdict)).toBe(why);
  });
});
