import type { ActivityDeps } from '../../activities/index.js';
import { createMemoryAccounts } from '../../src/adapters/memory/accounts.js';
import { createMemoryApprovals } from '../../src/adapters/memory/approvals.js';
import { createMemoryBilling } from '../../src/adapters/memory/billing.js';
import { createMemoryBreakers } from '../../src/adapters/memory/breakers.js';
import { createMemoryCases } from '../../src/adapters/memory/cases.js';
import { createMemoryClaims, type AuditLine } from '../../src/adapters/memory/claims.js';
import { createMemoryDeletions } from '../../src/adapters/memory/deletions.js';
import { createMemoryGrants } from '../../src/adapters/memory/grants.js';
import { createMemoryMailer } from '../../src/adapters/memory/mailer.js';
import { createMemoryPolicies } from '../../src/adapters/memory/policies.js';
import { createMemorySessionEnds } from '../../src/adapters/memory/session-ends.js';
import { createMemorySnapshots } from '../../src/adapters/memory/snapshots.js';
import { createMemorySweeps } from '../../src/adapters/memory/sweeps.js';
import { createMemoryTarget } from '../../src/adapters/memory/target.js';
import { rehearsalBreakers, type BreakerKind, type BreakerRules } from '../../src/domain/breaker.js';
import type { GuardSettings } from '../../src/guard/brakes.js';
import { asAccountId, asCustomerId, asInvoiceId, asSubscriptionId } from '../../src/domain/ids.js';
import type { EnforcementMode } from '../../src/domain/judge.js';
import type { Notice, NoticeTopic } from '../../src/domain/notice.js';
import type { Instant } from '../../src/domain/time.js';
import { makeCode } from '../../src/guard/approval-code.js';
import type { PolicyBook } from '../../src/policy/book.js';
import { loadPolicy } from '../../src/policy/load.js';
import type { Account } from '../../src/ports/cases.js';
import type { Runs } from '../../src/ports/runs.js';
import type { SessionStore } from '../../src/ports/sessions.js';
import type { SweepPart } from '../../src/ports/sweeps.js';
import { PortError } from '../../src/ports/errors.js';
import type { ApprovalRequest, Mailer } from '../../src/ports/mailer.js';
import { noDrills } from './no-drills.js';
import { createDoors, createRegistry, watched } from './memory-faults.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export type WorldOptions = {
  readonly clock: () => Promise<Instant>;
  readonly mode?: EnforcementMode;
  readonly sizes?: Readonly<Record<string, number>>;
  readonly contacts?: readonly string[];
  readonly customers?: Account['customers'];
  readonly policy?: PolicyBook;
  /** Without them no sweep can look at anybody. */
  readonly runs?: Runs;
  readonly sessionStores?: readonly SessionStore[];
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What nobody has told of an account. */
const untold = { tags: [], country: null, plan: null, timeZone: null, since: null } as const;

/** By what decisions of our own api and command line are known. */
export const linkSecret = 'a secret of the memory world, long enough';

export const formerSizes = { web: 3, worker: 2, cron: 1 };

/** Every port in memory, with one account that runs three instances on one live subscription. */
export function createMemoryWorld({
  clock,
  mode = 'enforce',
  sizes = formerSizes,
  ...options
}: WorldOptions) {
  const account: Account = {
    id: asAccountId(crypto.randomUUID()),
    ref: 'acme',
    name: 'Acme Ltd',
    contacts: options.contacts ?? ['owner@acme.example'],
    language: null,
    customers: options.customers ?? [asCustomerId('cus_1')],
    ...untold,
  };
  const policy = options.policy ?? loadPolicy('policies/saas.yaml');
  const billing = createMemoryBilling({ clock });
  const policies = createMemoryPolicies(policy, clock);
  const approvals = createMemoryApprovals();
  const deletions = createMemoryDeletions();
  const grants = createMemoryGrants();
  let isFrozen = false;
  const settings: Mutable<GuardSettings> = {
    mode,
    frozen: false,
    isFrozenByFile: () => isFrozen,
    breakers: rehearsalBreakers,
  };
  const breakers = createMemoryBreakers({
    census: () => ({ paying: 1, countries: {}, plans: {}, forecast: { hour: 0, day: 0 } }),
    traitsOf: () => ({ country: null, plan: null }),
  });
  const claims = createMemoryClaims({
    clock,
    approvals,
    grants,
    linkSecret,
    settings,
    breakers,
    isCaseClosed: (caseId) =>
      cases.saved(account.id).some(({ file }) => file.id === caseId && file.closedAt !== null),
  });
  const accounts = createMemoryAccounts();
  const cases = createMemoryCases(claims.endWithCase);
  const snapshots = createMemorySnapshots();
  const sessionEnds = createMemorySessionEnds(clock);
  const sweeps = createMemorySweeps({ clock, accounts: partOf, hasCaseSince });
  const post = createPost(clock);
  let drain: () => Promise<unknown> = () => Promise.resolve();
  const target = createMemoryTarget({ drainMs: 1, sleep: () => drain() });
  const doors = createDoors(target);
  const registry = createRegistry(cases);
  const versions: number[] = [];

  function partOf(part: SweepPart) {
    const { access, fallback } = claims.access(account.id);
    const isOff = ['read_only', 'suspended', 'revoked_pending', 'revoked'].includes(access);
    const isOpen =
      cases.saved(account.id).some(({ file }) => file.closedAt === null) ||
      access !== 'active' ||
      fallback !== null;
    return (part === 'off' ? isOff : isOpen && !isOff) ? [account.id] : [];
  }

  function hasCaseSince(id: typeof account.id, since: Instant) {
    return cases.saved(id).some(({ file }) => file.closedAt === null || file.closedAt > since);
  }

  accounts.put(account);
  target.seed(
    account.ref,
    Object.entries(sizes).map(([id, size]) => ({ id, size })),
  );

  const deps: ActivityDeps = {
    accounts,
    approvalLink: null,
    approvalCode: (id, approver) => makeCode(linkSecret, id, approver),
    approvals,
    billing,
    cases: registry.cases,
    claims: watched(claims, () => void versions.push(claims.access(account.id).version)),
    deletions,
    drills: noDrills,
    logger: silent,
    mailer: post,
    messageDomain: 'forbear.test',
    nextTurn: () => Promise.resolve(),
    policies,
    runs: options.runs ?? nobodyRuns,
    sessionEnds,
    sessionStores: options.sessionStores ?? [],
    snapshots,
    sweeps,
    targets: [doors.target],
  };
  return {
    account,
    policy: policy.policy,
    policies,
    billing,
    accounts,
    approvals,
    cases,
    claims,
    deletions,
    grants,
    snapshots,
    sessionEnds,
    sweeps,
    target,
    post,
    deps,
    stripe: createStripeSide(billing, account),
    sizes: () => target.sizes(account.ref),
    access: () => claims.access(account.id),
    audit: () => claims.audit(account.id),
    effects: () => summarise(claims.audit(account.id)),
    /** From now on everything that takes is frozen, or no longer. */
    freeze: (to: boolean) => void (isFrozen = to),
    /** From now on acts are bounded so. */
    boundBy: (rules: BreakerRules) => void (settings.breakers = rules),
    releaseBreaker: async (kind: BreakerKind) => breakers.release(kind, await clock()),
    /** From now on the guard observes, or enforces. */
    switchTo: (to: EnforcementMode) => void (settings.mode = to),
    /** What the customer can do himself: whether the platform lets him scale. */
    customerScales: (id: string, size: number) => isLet(() => target.scale(account.ref, id, size)),
    /** The version of the access after each claim, in the order in which the app would hear of them. */
    versions: versions as readonly number[],
    /** From now on this comes before each such call on the platform; it may take long, fail, or never end. */
    before: doors.before,
    /** The next `times` savings of a case fail, as when the database is gone. */
    failSaves: registry.failSaves,
    /** From now on every drain does this; it may take long, or never end. */
    onDrain: (work: () => Promise<unknown>) => void (drain = work),
  };
}

const away = () => Promise.reject(new PortError('RUNS_UNAVAILABLE', 'there is no Temporal here'));
const nobodyRuns: Runs = {
  isRunning: away,
  wake: away,
  running: () => ({ [Symbol.asyncIterator]: () => ({ next: away }) }),
};

/** Of each effect its intents and outcomes, in order: `{'pause/1': ['intent', 'done']}`. */
function summarise(audit: readonly AuditLine[]): Record<string, string[]> {
  const summary: Record<string, string[]> = {};
  for (const { effect, kind, body } of audit) {
    if (kind === 'order') continue;
    const name = effect.split('/').slice(2).join('/');
    (summary[name] ??= []).push(kind === 'intent' ? 'intent' : String(body['status']));
  }
  return summary;
}

function isLet(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** What the customer and Stripe do with the one subscription and its invoices; `in_1` is the first. */
function createStripeSide(billing: ReturnType<typeof createMemoryBilling>, { customers }: Account) {
  const [customer = asCustomerId('cus_1')] = customers;
  const subscription = asSubscriptionId('sub_1');
  billing.addCustomer({ id: customer });
  billing.setSubscription(customer, subscription, 'live');
  return {
    /** The renewal is charged and the charge fails. */
    renewalFails: (at: Instant, id = 'in_1', amountMinor = 4900) =>
      billing.addInvoice({
        id: asInvoiceId(id),
        customer,
        subscription,
        amountMinor,
        failedAt: at,
        number: `F-${id}`,
      }),
    pay: (id = 'in_1', amountMinor?: number) => billing.pay(asInvoiceId(id), amountMinor),
    /** The renewal is charged and waits for its payer to confirm it. */
    renewalNeedsConfirmation: (at: Instant, id = 'in_1', amountMinor = 4900) => {
      const invoice = asInvoiceId(id);
      billing.addInvoice({ id: invoice, customer, subscription, amountMinor, number: `F-${id}` });
      billing.needConfirmation(invoice, at);
    },
    startPayment: (at: Instant, id = 'in_1') => billing.startPayment(asInvoiceId(id), at),
    failPayment: (at: Instant, id = 'in_1') => billing.failPayment(asInvoiceId(id), at),
    subscriptionBecomes: (state: Parameters<typeof billing.setSubscription>[2], id: string = subscription) =>
      billing.setSubscription(customer, id, state),
  };
}

export type Question = ApprovalRequest & { readonly at: Instant };
export type Letter = Notice & { readonly at: Instant };

/** The date that a notice names for the pause, `null` if it names none. */
export const pauseToldIn = ({ promises }: Pick<Notice, 'promises'>): Instant | null =>
  promises.find(({ step }) => step === 'pause')?.at ?? null;

/** Something that a test waits for, or lets happen. */
export type Gate = { readonly passed: Promise<void>; open(): void };

export function createGate(): Gate {
  let open = () => undefined as void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}

/** The memory mailer with a clock, an outage that has an end, and a door that can be held shut. */
function createPost(clock: () => Promise<Instant>) {
  const mailer = createMemoryMailer();
  const letters: Letter[] = [];
  const asked: Question[] = [];
  let closedUntil = -Infinity;
  let held: { readonly topic: NoticeTopic; readonly arrived: Gate; readonly door: Gate } | null = null;
  const send: Mailer['send'] = async (notice) => {
    if ((await clock()) < closedUntil) throw new PortError('MAIL_UNAVAILABLE', 'the mail server is down');
    if (held?.topic === notice.topic) {
      held.arrived.open();
      await held.door.passed;
    }
    const recipients = await mailer.send(notice);
    letters.push({ ...notice, at: await clock() });
    return recipients;
  };
  return {
    send,
    async ask(request: ApprovalRequest) {
      if ((await clock()) < closedUntil) throw new PortError('MAIL_UNAVAILABLE', 'the mail server is down');
      await mailer.ask(request);
      asked.push({ ...request, at: await clock() });
    },
    /** Every question to an approver that was accepted, with its time. */
    asked: asked as readonly Question[],
    /** Every notice that was accepted, with its time. */
    letters: letters as readonly Letter[],
    topics: () => letters.map(({ topic }) => topic),
    failNext: mailer.failNext,
    downUntil: (at: Instant) => void (closedUntil = at),
    /** Makes notices of a topic wait at the mail server's door, until they are let in. */
    hold(topic: NoticeTopic): { readonly arrived: Promise<void>; letIn(): void } {
      const [arrived, door] = [createGate(), createGate()];
      held = { topic, arrived, door };
      const letIn = () => {
        held = null;
        door.open();
      };
      return { arrived: arrived.passed, letIn };
    },
  };
}
