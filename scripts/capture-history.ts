// Plays each path of a case on the time-skipping server and keeps its history under test/replay/histories, where every
// later version of the workflow has to replay it: `npm run capture-history [NAME…]`. Without names only missing ones.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { openEnvironment, openTrial, until, type Trial } from '../test/support/time-skipping.js';

const folder = fileURLToPath(new URL('../test/replay/histories', import.meta.url));
const moreTime = { days: 5, reason: 'the wire transfer is under way', by: 'dana' };

/** What is protected, and how it comes about. Every path begins with a renewal that failed on day 0. */
const paths: Readonly<Record<string, (trial: Trial) => Promise<void>>> = {
  'paid-before-the-first-reminder': async (trial) => {
    await trial.pays();
  },
  'reminded-then-paid': async (trial) => {
    await trial.reach(2);
    await trial.pays();
  },
  'paused-then-paid': async (trial) => {
    await trial.reach(11);
    await trial.pays();
  },
  'paid-while-the-pause-is-running': async (trial) => {
    const stuck = new Promise<never>(() => undefined);
    let isDraining = false;
    trial.onDrain(() => {
      isDraining = true;
      return stuck;
    });
    await trial.pass(10);
    await until(() => isDraining);
    await trial.pays();
  },
  'part-paid-while-the-pause-is-running': async (trial) => {
    trial.stripe.renewalFails(trial.day(0), 'in_2');
    const stuck = new Promise<never>(() => undefined);
    let isDraining = false;
    trial.onDrain(() => {
      isDraining = true;
      return stuck;
    });
    await trial.pass(10);
    await until(() => isDraining);
    trial.onDrain(() => Promise.resolve());
    await trial.pays('in_2');
    await trial.pays();
  },
  'several-invoices-paid-one-by-one': async (trial) => {
    await trial.reach(5);
    await trial.renewalFails(5, 'in_2');
    await trial.reach(6);
    await trial.pays();
    await trial.reach(16);
    await trial.pays('in_2');
  },
  'payment-processing-then-failed': async (trial) => {
    await trial.reach(9);
    trial.stripe.startPayment(trial.day(9));
    await trial.signal('billingChanged');
    await trial.reach(14);
    trial.stripe.failPayment(trial.day(14));
    await trial.signal('paymentFailed');
    await trial.reach(17);
    await trial.pays();
  },
  'ended-then-resubscribed': async (trial) => {
    trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
    await trial.reach(12);
    await trial.pays();
    await trial.reach(20);
    trial.stripe.subscriptionBecomes('live', 'sub_2');
    await trial.signal('billingChanged');
  },
  'terminated-and-taken-over': async (trial) => {
    await trial.reach(11);
    await trial.terminate();
    await trial.pays();
  },
  'owed-anew-while-the-case-closes': async (trial) => {
    await trial.reach(2);
    const thanks = trial.post.hold('recovered');
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await thanks.arrived;
    trial.stripe.renewalFails(await trial.now(), 'in_2');
    await trial.signal('paymentFailed');
    thanks.letIn();
    await trial.reach(4);
    await trial.pays('in_2');
  },
  'carried-into-a-new-run': async (trial) => {
    await trial.reach(2);
    await trial.extendGrace(moreTime);
    // Temporal suggests a new run from 4,096 events on; the history that is kept is the new run's.
    await trial.leaveAlone(0, async () => {
      for (let batch = 0; batch < 41; batch += 1) {
        await Promise.all(Array.from({ length: 100 }, () => trial.signal('billingChanged')));
      }
    });
    await trial.quiet();
    await trial.reach(16);
    await trial.pays();
  },
  'extended-by-signal': async (trial) => {
    await trial.reach(2);
    await trial.signalGrace(moreTime);
    await trial.reach(16);
    await trial.pays();
  },
  'extended-by-update': async (trial) => {
    await trial.reach(2);
    await trial.extendGrace(moreTime);
    await trial.reach(16);
    await trial.pays();
  },
  'bad-signal-noted': async (trial) => {
    await trial.reach(2);
    await trial.signalGrace({ days: 'many' });
    await trial.pays();
  },
  'stripe-down-over-the-pause-day': async (trial) => {
    trial.billing.failUntil(trial.day(12));
    await trial.reach(16);
    await trial.pays();
  },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in paths));
if (unknown.length > 0) {
  throw new Error(`no such path: ${unknown.join(', ')}; there are ${Object.keys(paths).join(', ')}`);
}
const fileOf = (name: string) => `${folder}/${name}.json`;
const names = asked.length > 0 ? asked : Object.keys(paths).filter((name) => !existsSync(fileOf(name)));

mkdirSync(folder, { recursive: true });
for (const name of names) {
  const env = await openEnvironment();
  // Workers that come and go find a run again only where none had it cached.
  const trial = await openTrial(env, { cached: false });
  await trial.renewalFails(0);
  await paths[name]?.(trial);
  await trial.quiet();
  const history = await trial.handle.fetchHistory();
  writeFileSync(fileOf(name), `${historyToJSON(history)}\n`);
  console.log(`${name}: ${history.events?.length} events`);
  await trial.close();
  await env.teardown();
}
