import type { ActOf, EffectKey, Outcome } from '../src/domain/effect.js';
import { fallbackChangeOf } from '../src/domain/fallback.js';
import type { NoticePromise, NoticeTopic } from '../src/domain/notice.js';
import type { Policy } from '../src/domain/policy.js';
import type { Standing } from '../src/domain/standing.js';
import { carryOut } from '../src/guard/carry-out.js';
import { forNonpayment, groundsOf, keyOf, requestOf, type EffectOrder } from '../src/guard/order.js';
import { tell, type Post } from '../src/guard/tell.js';
import type { Billing } from '../src/ports/billing.js';
import type { Account, Accounts } from '../src/ports/cases.js';
import type { Policies } from '../src/ports/policies.js';
import type { Claims, RestrictionChange } from '../src/ports/claims.js';
import { PortError } from '../src/ports/errors.js';

export type NoticeDeps = Post & {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly claims: Claims;
  readonly policies: Policies;
};

type NoticeOrder = EffectOrder<ActOf<'remind' | 'lift' | 'close'>>;

export function createNoticeActivities(deps: NoticeDeps) {
  const { accounts, billing, claims, policies } = deps;

  /** What gives back waits for nobody's answer; only a plan that would fall with it stays, where there is none. */
  async function standingFor(
    act: NoticeOrder['act'],
    { customers, ref }: Account,
    { fallbackPlan }: Policy,
  ): Promise<Standing | null> {
    if (act.step === 'remind') return billing.readStanding(customers, ref);
    if (fallbackPlan === null || fallbackChangeOf(act) !== 'falls') return null;
    return billing.readStanding(customers, ref).catch(nullIfPassing);
  }

  return {
    /**
     * Sends the notice of an act, whole: reads the standing fresh, claims, sends, records. A repeat under the same key
     * sends nothing once it has settled; after a crash in between, the same Message-ID goes out once more. Fails with
     * `BILLING_UNAVAILABLE` and `MAIL_UNAVAILABLE` (retried), `MAIL_REFUSED` (final).
     */
    async sendNotice(order: NoticeOrder): Promise<Outcome> {
      const { act } = order;
      const key = keyOf(order);
      const policy = await policies.read(order.policyVersion);
      const account = await accounts.read(key.account);
      // A warning that nobody can get is none; a good word that nobody can get changes nothing.
      if (isSilent(account) && act.step === 'remind')
        return { status: 'held', reason: 'no_recipient', until: null };
      const standing = await standingFor(act, account, policy);
      const about = { topic: topicOf(act), promises: promisesOf(act) };
      if (standing !== null && isOutdated(about.promises, standing))
        return { status: 'held', reason: 'promise_outdated', until: standing.readAt };
      const request = requestOf(order, policy, standing, changeFor(act), `${about.topic} notice`);
      return carryOut(claims, request, async ({ check }) => {
        if (isSilent(account)) return { evidence: `${about.topic}: no contact to tell` };
        await check();
        // Good news names no debt.
        const owed = act.step === 'remind' ? standing : null;
        return send(deps, { key, account, ...about, standing: owed, policy, terms: groundsOf(order) }, act);
      });
    },
  };
}

function nullIfPassing(error: unknown): null {
  if (error instanceof PortError && error.code.startsWith('BILLING_')) return null;
  throw error;
}

const isSilent = ({ contacts }: Account) => contacts.length === 0;

/** It was tried for so long that a date it names has passed: a new one has to be found. */
const isOutdated = (promises: readonly NoticePromise[], { readAt }: Standing) =>
  promises.some(({ at }) => at <= readAt);

async function send(
  post: Post,
  message: Parameters<typeof tell>[1] & { readonly key: EffectKey },
  act: NoticeOrder['act'],
) {
  const { topic, account } = message;
  try {
    const notice = await tell(post, message);
    const evidence = `${topic} ${notice.messageId} accepted for ${notice.recipients.length} of ${account.contacts.length}`;
    return { evidence, notice };
  } catch (error) {
    // A good word that every address refuses changes nothing of what it tells; a warning that nobody got is none.
    if (act.step === 'remind' || !(error instanceof PortError) || error.code !== 'MAIL_REFUSED') throw error;
    return { evidence: `${topic}: refused`, caveat: 'every address refused the mail' };
  }
}

function topicOf(act: NoticeOrder['act']): NoticeTopic {
  switch (act.step) {
    case 'remind':
    case 'close':
      return act.topic;
    case 'lift':
      return act.leaves === 'ended' ? 'paid_but_ended' : 'recovered';
  }
}

const promisesOf = (act: NoticeOrder['act']) => (act.step === 'remind' ? act.promises : []);

/** What the account may do changes with the notice that says so. */
function changeFor(act: NoticeOrder['act']): RestrictionChange | null {
  switch (act.step) {
    case 'remind':
      // Nobody has failed to pay yet who is only asked to confirm his payment.
      return act.topic === 'confirm' ? null : forNonpayment('grace_period');
    case 'lift':
      return {
        lift: ['nonpayment'],
        impose: {
          reason: 'ended',
          access: 'suspended',
          owner: 'forbear',
          evidence: 'paid, but the subscription has ended',
        },
      };
    case 'close':
      return { lift: ['nonpayment'] };
  }
}
