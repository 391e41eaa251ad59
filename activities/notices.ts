import type { Act, EffectKey, Outcome } from '../src/domain/effect.js';
import { composeNotice, messageIdOf, type NoticePromise, type NoticeTopic } from '../src/domain/notice.js';
import type { Policy } from '../src/domain/policy.js';
import { carryOut } from '../src/guard/carry-out.js';
import type { Billing } from '../src/ports/billing.js';
import type { Accounts } from '../src/ports/cases.js';
import type { Claims, RestrictionChange } from '../src/ports/claims.js';
import { PortError } from '../src/ports/errors.js';
import type { Mailer } from '../src/ports/mailer.js';

export type NoticeDeps = {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly claims: Claims;
  readonly mailer: Mailer;
  /** The right-hand side of every Message-ID. */
  readonly messageDomain: string;
};

export type NoticeOrder = { readonly key: EffectKey; readonly act: Act; readonly policy: Policy };

export function createNoticeActivities({ accounts, billing, claims, mailer, messageDomain }: NoticeDeps) {
  return {
    /**
     * Sends the notice of an act, whole: reads the standing fresh, claims, sends, records. A repeat under the same key
     * sends nothing once it has settled; after a crash in between, the same Message-ID goes out once more. Fails with
     * `BILLING_UNAVAILABLE` and `MAIL_UNAVAILABLE` (retried), `MAIL_REFUSED` (final).
     */
    async sendNotice({ key, act, policy }: NoticeOrder): Promise<Outcome> {
      const account = await accounts.read(key.account);
      const silent = account.contacts.length === 0;
      // A warning that nobody can get is none; a good word that nobody can get changes nothing.
      if (silent && act.step === 'remind') return { status: 'held', reason: 'no_recipient', until: null };
      // What gives back waits for nobody's answer.
      const standing = act.step === 'remind' ? await billing.readStanding(account.customers) : null;
      const outdated =
        standing !== null &&
        act.step === 'remind' &&
        act.promise !== null &&
        act.promise.at <= standing.readAt;
      // It was tried for so long that the date it names has passed: a new one has to be found.
      if (outdated) return { status: 'held', reason: 'promise_outdated', until: standing.readAt };
      const about = { topic: topicOf(act), promise: promiseOf(act) };
      const order = { key, policy, standing, change: changeFor(act), reason: `${about.topic} notice` };
      return carryOut(claims, order, async (check) => {
        if (silent) return { evidence: `${about.topic}: no contact to tell` };
        const notice = composeNotice(messageIdOf(key, messageDomain), account, about, standing, policy);
        await check();
        const { messageId } = notice;
        const recipients = await mailer.send(notice).catch((error: unknown) => unheard(act, error));
        if (recipients.length === 0)
          return { evidence: `${about.topic}: refused`, caveat: 'every address refused the mail' };
        const evidence = `${about.topic} ${messageId} accepted for ${recipients.length} of ${account.contacts.length}`;
        return { evidence, notice: { messageId, ...about, recipients } };
      });
    },
  };
}

/** A good word that every address refuses changes nothing of what it tells; a warning that nobody got is none. */
function unheard(act: Act, error: unknown): readonly string[] {
  if (act.step !== 'remind' && error instanceof PortError && error.code === 'MAIL_REFUSED') return [];
  throw error;
}

function topicOf(act: Act): NoticeTopic {
  switch (act.step) {
    case 'remind':
    case 'close':
      return act.topic;
    case 'pause':
      return 'paused';
    case 'lift':
      return act.leaves === 'ended' ? 'paid_but_ended' : 'recovered';
  }
}

function promiseOf(act: Act): NoticePromise | null {
  return act.step === 'remind' ? act.promise : null;
}

/** What the account may do changes with the notice that says so. */
function changeFor(act: Act): RestrictionChange | null {
  const owner = 'forbear';
  switch (act.step) {
    case 'remind':
      return {
        impose: { reason: 'nonpayment', access: 'grace_period', owner, evidence: 'overdue at Stripe' },
      };
    case 'lift':
      return {
        lift: ['nonpayment'],
        impose: {
          reason: 'ended',
          access: 'suspended',
          owner,
          evidence: 'paid, but the subscription has ended',
        },
      };
    case 'close':
      return { lift: ['nonpayment'] };
    case 'pause':
      return null;
  }
}
