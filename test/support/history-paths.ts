import { asInvoiceId } from '../../src/domain/ids.js';
import type { EnforcementMode } from '../../src/domain/judge.js';
import { PortError } from '../../src/ports/errors.js';
import {
  approveUpdate,
  exemptUpdate,
  liftUpdate,
  promiseUpdate,
  rejectUpdate,
  restrictUpdate,
} from '../../workflows/messages.js';
import { until } from './quiet.js';
import type { Trial } from './time-skipping.js';

const moreTime = { days: 5, reason: 'the wire transfer is under way', by: 'dana' };

export type Path = {
  /** Its policy, `saas` unless named. */
  readonly policy?: string;
  readonly mode?: EnforcementMode;
  /** The workflow whose history is kept, the case unless named. */
  readonly workflowId?: string;
  /** It begins with what is played, not with a renewal that fails. */
  readonly isInGoodStanding?: true;
  readonly play: (trial: Trial) => Promise<void>;
};

/** The paths of an account that is reminded and paused, and what can come between. */
const pausedPaths: Readonly<Record<string, Path['play']>> = {
  'paid-before-the-first-reminder': async (trial) => {
    await trial.pays();
  },
  'reminded-then-paid': async (trial) => {
    await trial.reach(2);
    await trial.pays();
  },
  'bounced-until-a-contact-was-added': async (trial) => {
    const told = (...contacts: string[]) => trial.accounts.put({ ...trial.account, contacts });
    for (const contacts of [['second@acme.example'], []]) {
      await trial.reach(contacts.length > 0 ? 2 : 3);
      const { messageId, recipients } = trial.post.letters.at(-1)!;
      recipients.forEach((recipient) => trial.claims.noteBounce(messageId, recipient));
      told(...contacts);
      await trial.signal('billingChanged');
      await trial.quiet();
    }
    await trial.reach(6);
    told('third@acme.example');
    await trial.signal('billingChanged');
    await trial.reach(11);
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
  'back-from-a-fallback-plan': async (trial) => {
    trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
    await trial.reach(9);
    await trial.pays();
    trial.stripe.subscriptionBecomes('live', 'sub_2');
    await trial.signal('billingChanged');
  },
  'paused-then-on-a-fallback-plan': async (trial) => {
    trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
    await trial.reach(12);
    await trial.pays();
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

const approvalOf = (trial: Trial) => trial.file().approval?.planHash ?? '';

/** The paths of a life that goes further, each under its policy. */
const furtherPaths: Readonly<Record<string, Path>> = {
  'ended-then-resubscribed': {
    policy: 'hosting',
    play: async (trial) => {
      trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
      await trial.reach(15);
      await trial.pays();
      await trial.reach(20);
      trial.stripe.subscriptionBecomes('live', 'sub_2');
      await trial.signal('billingChanged');
    },
  },
  'granted-while-it-is-off': {
    policy: 'hosting',
    play: async (trial) => {
      trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
      await trial.reach(15);
      await trial.pays();
      trial.grants.grant(trial.account.id, null);
      await trial.signal('billingChanged');
    },
  },
  'limited-then-paid': {
    policy: 'hosting',
    play: async (trial) => {
      await trial.reach(10);
      await trial.pays();
    },
  },
  'deleted-with-approval': {
    policy: 'hosting',
    play: async (trial) => {
      await trial.reach(91);
      await trial.order(approveUpdate, { plan: approvalOf(trial), reason: 'never paid' });
    },
  },
  'approval-expired-then-rejected': {
    policy: 'hosting',
    play: async (trial) => {
      await trial.reach(105);
      await trial.order(rejectUpdate, { plan: approvalOf(trial), reason: 'they have called' });
      await trial.reach(120);
      await trial.pays();
    },
  },
  'paid-while-the-deletion-is-running': {
    policy: 'hosting',
    play: async (trial) => {
      await trial.reach(91);
      let asked = 0;
      const decommission = trial.target.decommission.bind(trial.target);
      Object.assign(trial.target, {
        decommission: (...args: Parameters<typeof decommission>) => {
          asked += 1;
          if (asked === 1) return decommission(...args);
          return Promise.reject(new PortError('TARGET_UNAVAILABLE', 'the platform is down'));
        },
      });
      await trial.order(approveUpdate, { plan: approvalOf(trial), reason: 'never paid' });
      await until(() => asked > 1);
      await trial.pays();
    },
  },
  'suspended-at-once': {
    policy: 'compute',
    play: async (trial) => {
      await trial.reach(5);
      await trial.pays();
    },
  },
  'retried-on-a-new-card': {
    play: async (trial) => {
      await trial.reach(2);
      trial.billing.newMethod(asInvoiceId('in_1'), 'pm_new', 'declined');
      await trial.signal('billingChanged');
      await trial.reach(3);
      trial.billing.newMethod(asInvoiceId('in_1'), 'pm_newer');
      await trial.signal('billingChanged');
    },
  },
  'confirmation-waited-for': {
    play: async (trial) => {
      trial.billing.needConfirmation(asInvoiceId('in_1'), trial.day(0));
      await trial.signal('billingChanged');
      await trial.reach(9);
      await trial.pays();
    },
  },
  'instalment-missed': {
    play: async (trial) => {
      await trial.reach(2);
      const instalments = [5, 8].map((day) => ({
        on: new Date(trial.day(day)).toISOString(),
        amountMinor: 2_450,
      }));
      await trial.order(promiseUpdate, { instalments, reason: 'asked nicely' });
      await trial.reach(6);
      await trial.pays();
    },
  },
  'exempt-for-a-while': {
    play: async (trial) => {
      await trial.reach(2);
      const until = new Date(trial.day(20)).toISOString();
      await trial.order(exemptUpdate, { until, reason: 'an appeal' });
      await trial.reach(24);
      await trial.pays();
    },
  },
  'restricted-by-hand-and-paid': {
    play: async (trial) => {
      await trial.reach(2);
      await trial.order(restrictUpdate, { access: 'suspended', reason: 'mines coins' });
      await trial.reach(3);
      await trial.pays();
      await trial.order(liftUpdate, { restriction: 'manual', reason: 'has stopped' });
    },
  },
  'restricted-before-anything-was-owed': {
    isInGoodStanding: true,
    play: async (trial) => {
      const input = { access: 'suspended', reason: 'mines coins', by: 'dana' } as const;
      await trial.ask({ kind: 'restrict', id: 'order-1', input });
      await trial.quiet();
      await trial.order(liftUpdate, { restriction: 'manual', reason: 'has stopped' });
    },
  },
  'mail-down-over-the-first-reminder': {
    play: async (trial) => {
      trial.post.downUntil(trial.day(1.1));
      await trial.reach(2);
      await trial.pays();
    },
  },
  'lifted-without-payment': {
    play: async (trial) => {
      await trial.reach(11);
      await trial.order(liftUpdate, { reason: 'a courtesy' });
      await trial.reach(16);
      await trial.pays();
    },
  },
  'lifted-and-immune': {
    play: async (trial) => {
      await trial.reach(11);
      await trial.order(liftUpdate, { reason: 'a courtesy' });
      await trial.reach(20);
      await trial.pays();
    },
  },
  'held-by-a-brake': {
    mode: 'observe',
    play: async (trial) => {
      await trial.reach(2);
      await trial.pays();
    },
  },
};

/** What is protected, and how it comes about. Every path begins with a renewal that failed on day 0. */
export const paths: Readonly<Record<string, Path>> = {
  ...Object.fromEntries(Object.entries(pausedPaths).map(([name, play]) => [name, { play }])),
  ...furtherPaths,
  'a-sweep-that-mends': {
    workflowId: 'sweep/1',
    play: async (trial) => {
      await trial.reach(11);
      trial.stripe.pay();
      await trial.sweep();
    },
  },
};
