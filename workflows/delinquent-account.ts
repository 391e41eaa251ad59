import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { perform } from './effects.js';
import {
  begin,
  catchUp,
  decide,
  decideAfter,
  heed,
  mustLook,
  mustWait,
  servesOn,
  takeIn,
  toCarry,
  undecided,
  type Life,
} from './life.js';
import { look, type Sight } from './look.js';
import { openMailbox } from './mailbox.js';
import type { CaseEnding, CaseStart } from './messages.js';
import { createTeller, sleepUntilNext } from './shown.js';

/**
 * One account in trouble, from the first unpaid invoice until everything is given back. It looks at Stripe, decides,
 * acts, tells, and sleeps until the next date or message. What to do is decided in `advance`, never here.
 */
export async function delinquentAccount({ account, carried }: CaseStart): Promise<CaseEnding> {
  let life: Life | null = carried === undefined ? null : undecided(carried);
  let isKnown = true;
  const mailbox = openMailbox(() => life);
  const tell = createTeller();

  for (;;) {
    const messages = mailbox.drain();
    const mustRead: boolean = !isKnown || mustLook(life, messages, Date.now());
    const seen: Sight | null = mustRead ? await look(account, life, messages, mailbox) : null;
    life = catchUp(life ?? begin(account, seen?.beginning), seen, Date.now());
    const taken = takeIn(life, messages, Date.now());
    const told: Life = await tell(decide(taken.life, seen, Date.now()));
    life = told.verdicts.length === 0 ? told : await tell(decide(heed(told, Date.now()), null, Date.now()));
    taken.answers.forEach((answer) => answer(told.verdicts));

    // Every act reads Stripe for itself, so what is known at this wake serves for all of its acts; when one was not simply
    // done, or has charged somebody, or somebody presses, the case looks again.
    isKnown = true;
    while (life.act !== null && isKnown && !mustWait(life.act, mailbox, seen)) {
      const outcome = await perform(life, life.act, mailbox);
      isKnown = servesOn(life.act, outcome);
      life = await tell(decideAfter(life, life.act, outcome, Date.now()));
    }
    isKnown &&= !mustRead || (seen !== null && seen.standing !== null);

    if (life.file.closedAt !== null) {
      // Whoever still waits for an answer gets it, and a message that came meanwhile begins a new case.
      await condition(() => mailbox.waiting || allHandlersFinished());
      const { id, stage, openedAt } = life.file;
      if (!mailbox.waiting) return { caseId: id, stage, wasOwed: openedAt !== null };
      life = null;
      continue;
    }
    if (life.act !== null || !isKnown || mailbox.waiting) continue;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(() => mailbox.waiting || allHandlersFinished());
      if (!mailbox.waiting)
        await continueAsNew<typeof delinquentAccount>({ account, carried: toCarry(life) });
    }
    await sleepUntilNext(life, mailbox);
  }
}
