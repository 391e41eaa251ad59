import type { CaseFile } from '../../src/domain/case-file.js';
import type { Act, Outcome } from '../../src/domain/effect.js';
import { accessLevels, type Access } from '../../src/domain/restrictions.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import { claim, type Step } from './claiming.js';
import type { Core } from './core.js';
import { ask, effectOf, hasEnded, settle } from './ledger.js';
import { readStripe } from './reading.js';
import { strikes, type Attempt, type Mark, type Resource, type Subject, type World } from './world.js';

/*
 * An effect is one activity, whole: read, claim, act, settle. A try that fails begins anew from its read.
 */

export function beginAct(world: World, subject: Subject, file: CaseFile, act: Act): Attempt {
  const attempt = attemptOf(file, act, false);
  if (strikes(world, world.faults.rates.twice)) {
    const ghost = attemptOf(file, act, true);
    const afterMs = world.dice.whole(0, world.dice.chance(0.5) ? MINUTE_MS : 3 * MINUTE_MS);
    world.agenda.enter(world.now + afterMs, {
      kind: 'act',
      subject,
      attempt: ghost,
    });
  }
  return attempt;
}

const attemptOf = (file: CaseFile, act: Act, isGhost: boolean): Attempt => ({
  act,
  file,
  isGhost,
  tries: 0,
  stage: 'read',
  standing: null,
  readTrulyAt: 0,
  asOf: 0,
  spoilt: null,
  fence: 0,
  cursor: 0,
  untold: false,
  caveat: null,
});

const interrupted: Outcome = { status: 'interrupted' };

/** Goes on with an act until it is over, or has to wait (`null`). */
export function stepAct(world: World, subject: Subject, attempt: Attempt): Outcome | null {
  for (;;) {
    if (isStopped(subject, attempt)) return interrupted;
    const step = stages[attempt.stage](world, subject, attempt);
    if ('outcome' in step) return step.outcome;
    if ('failed' in step) {
      if (attempt.isGhost) return interrupted;
      const ended = tryAgain(world, subject, attempt, step.failed);
      return ended;
    }
    attempt.stage = step.go;
    if ('waitMs' in step) {
      world.agenda.enter(world.now + step.waitMs, { kind: 'act', subject, attempt });
      return null;
    }
  }
}

/** A payment or an order of a person stops what is being taken. A ghost hears nothing. */
function isStopped({ mailbox }: Subject, { act, isGhost, tries, stage }: Attempt): boolean {
  if (isGhost || mailbox.length === 0 || (tries === 0 && stage === 'read')) return false;
  const isOrdered = mailbox.some(({ kind }) => kind === 'order');
  if (act.step === 'restrict') return isOrdered;
  const isTaking = act.step === 'limit' || act.step === 'pause' || act.step === 'decommission';
  return isTaking && (isOrdered || mailbox.some(({ kind }) => kind === 'payment'));
}

// What is said is tried four times, and then sat out asleep; what takes or gives back is tried until it is done.
const mostTries = 4;

function tryAgain(world: World, subject: Subject, attempt: Attempt, code: string): Outcome | null {
  attempt.tries += 1;
  const { step } = attempt.act;
  const isSaid = step === 'remind' || step === 'ask' || step === 'close' || step === 'retry';
  const isNotice = isSaid || (attempt.act.step === 'lift' && attempt.act.leaves === 'ended');
  if (isNotice && attempt.tries >= mostTries) {
    const isDone = hasEnded(effectOf(subject.ledger, attempt.file.id, attempt.act));
    if (isDone) subject.marks.push({ kind: 'found', at: world.now, what: 'unheard', text: step });
    return { status: 'failed', code };
  }
  const longestMs = step === 'lift' || step === 'unrestrict' ? 15 * SECOND_MS : 10 * MINUTE_MS;
  const waitMs = Math.min(SECOND_MS * 2 ** attempt.tries, longestMs);
  attempt.stage = 'read';
  world.agenda.enter(world.now + waitMs, { kind: 'act', subject, attempt });
  return null;
}

const readsItself = (act: Act) =>
  act.step !== 'lift' && act.step !== 'unrestrict' && act.step !== 'restrict' && act.step !== 'close';

function read(world: World, subject: Subject, attempt: Attempt): Step {
  const { act } = attempt;
  attempt.readTrulyAt = world.now;
  attempt.standing = null;
  const readsForPlan = act.step === 'close' || (act.step === 'lift' && act.leaves === 'ended');
  if (!readsItself(act) && !readsForPlan) return { go: 'claim' };
  if (readsForPlan && subject.policy.fallbackPlan === null) return { go: 'claim' };
  const reading = readStripe(world, subject);
  if (reading === null) return readsForPlan ? { go: 'claim' } : { failed: 'BILLING_UNAVAILABLE' };
  const standing = world.core.judgedOn(reading.standing, subject.known);
  Object.assign(attempt, { standing, asOf: reading.asOf, spoilt: reading.spoilt });
  if (act.step === 'remind' && act.promises.some(({ at }) => at <= standing.readAt))
    return { outcome: { status: 'held', reason: 'promise_outdated', until: standing.readAt } };
  if (strikes(world, world.faults.rates.stalls))
    return { waitMs: world.dice.whole(1, 5 * MINUTE_MS), go: 'claim' };
  return { go: 'claim' };
}

const isAtLeast = (access: Access, least: Access) =>
  accessLevels.indexOf(access) >= accessLevels.indexOf(least);

/** What an act does to the account's resources; `null`: nothing. */
function whatItDoes(core: Core, { ledger }: Subject, act: Act): 'lock' | 'off' | 'back' | 'delete' | null {
  switch (act.step) {
    case 'limit':
      return 'lock';
    case 'pause':
      return 'off';
    case 'decommission':
      return 'delete';
    case 'restrict':
      return act.access === 'suspended' ? 'off' : 'lock';
    case 'lift':
    case 'unrestrict': {
      if (act.step === 'lift' && act.leaves === 'ended') return null;
      return isAtLeast(core.accessUnder(ledger.restrictions), 'suspended') ? null : 'back';
    }
    case 'remind':
    case 'ask':
    case 'retry':
    case 'close':
      return null;
  }
}

function calls(world: World, subject: Subject, attempt: Attempt): Step {
  const { core, faults, dice } = world;
  const what = whatItDoes(core, subject, attempt.act);
  if (what === null) return { go: 'tell' };
  for (const resource of core.find(subject).slice(attempt.cursor)) {
    if (!core.isNewest(subject.ledger, attempt.fence)) return { outcome: interrupted };
    if (strikes(world, faults.rates.cloudFails)) return { failed: 'TARGET_UNAVAILABLE' };
    touch(world, subject, attempt, resource, what);
    if (strikes(world, faults.rates.executedThenFails)) return { failed: 'TARGET_UNAVAILABLE' };
    attempt.cursor += 1;
    if (dice.chance(0.25)) return { waitMs: dice.whole(SECOND_MS, 2 * MINUTE_MS), go: 'calls' };
  }
  if (what === 'delete') subject.isCollectionOver = true;
  return { go: 'tell' };
}

type What = Extract<Mark, { kind: 'call' }>['what'];

function touch(world: World, subject: Subject, { fence }: Attempt, resource: Resource, what: What): void {
  const { core, now } = world;
  if (strikes(world, world.faults.rates.vanishes)) vanish(resource);
  if (resource.isGone || (what === 'back' && resource.kept === null)) return;
  subject.marks.push({ kind: 'call', at: now, what, resource, fence, newest: subject.ledger.fence });
  if (what === 'back') {
    resource.size = resource.kept ?? resource.size;
    if (isAtLeast(core.accessUnder(subject.ledger.restrictions), 'read_only')) return;
    resource.isLocked = false;
    resource.kept = null;
    return;
  }
  if (what === 'delete') return vanish(resource);
  if (resource.kept === null || core.recordsAgain) resource.kept = resource.size;
  resource.isLocked = true;
  if (what === 'off') resource.size = 0;
}

/** Somebody else has deleted it: there is nothing to take, and nothing to put back. */
function vanish(resource: Resource): void {
  resource.isGone = true;
  resource.size = 0;
  resource.kept = null;
}

const tellsOf = (act: Act) => act.step !== 'restrict' && act.step !== 'unrestrict' && act.step !== 'retry';

function tell(world: World, subject: Subject, attempt: Attempt): Step {
  const { act, file } = attempt;
  const isWholeLift = act.step === 'lift' && act.leaves !== 'ended';
  if (!tellsOf(act) || isWholeLift) return { go: 'settle' };
  if (!world.core.isNewest(subject.ledger, attempt.fence)) return { outcome: interrupted };
  const isDeed = act.step === 'limit' || act.step === 'pause' || act.step === 'decommission';
  const { rates } = world.faults;
  if (strikes(world, rates.mailFails)) {
    attempt.untold = isDeed;
    return isDeed ? { go: 'settle' } : { failed: 'MAIL_UNAVAILABLE' };
  }
  const isSettled = hasEnded(effectOf(subject.ledger, file.id, act));
  subject.marks.push({ kind: 'mail', at: world.now, act, caseId: file.id, isSettled });
  attempt.untold = false;
  if (!isDeed && strikes(world, rates.executedThenFails)) return { failed: 'MAIL_UNAVAILABLE' };
  return { go: 'settle' };
}

function settleAct(world: World, subject: Subject, attempt: Attempt): Step {
  const { core, now, faults } = world;
  const { act, file } = attempt;
  const effect = effectOf(subject.ledger, file.id, act);
  if (effect === null) return { failed: 'DATABASE' };
  if (hasEnded(effect) && core.isSettled(effect.settledAt)) return { outcome: effect.outcome };
  if (effect.fence !== attempt.fence) return { outcome: interrupted };
  const asked = act.step === 'ask' ? askFor(world, subject, attempt) : null;
  const { untold, caveat } = attempt;
  const outcome = settle(core, subject.ledger, effect, { act, at: now, untold, caveat, approval: asked });
  subject.marks.push({ kind: 'settle', at: now, act, caseId: file.id, outcome });
  if (attempt.isGhost) subject.marks.push({ kind: 'found', at: now, what: 'unheard', text: act.step });
  return strikes(world, faults.rates.lostAfterCommit) ? { failed: 'DATABASE' } : { outcome };
}

/** People decide on a request some time after it: mostly in time, some too late, some twice, some never. */
function askFor(world: World, { ledger, policy, ...subject }: Subject, { act, file, standing }: Attempt) {
  const expiresAt = (standing?.readAt ?? world.now) + (policy.decommission?.approvalMs ?? 0);
  const asked = ask(ledger, file.id, act.round, expiresAt);
  const { dice, now, faults } = world;
  const self = world.subjects[subject.index];
  if (self === undefined || dice.chance(0.05)) return asked;
  const at = now + (dice.chance(0.1) ? dice.whole(0, 5 * 24 * HOUR_MS) : dice.whole(MINUTE_MS, 24 * HOUR_MS));
  const wish = { kind: 'decide', approved: dice.chance(0.9), plan: asked.id } as const;
  world.agenda.enter(at, { kind: 'wish', subject: self, wish });
  if (dice.chance(faults.rates.doubleClicks))
    world.agenda.enter(at + dice.whole(0, 2 * SECOND_MS), { kind: 'wish', subject: self, wish });
  return asked;
}

const stages = { read, claim, calls, tell, settle: settleAct } as const;
