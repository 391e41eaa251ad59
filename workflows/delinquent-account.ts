import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { perform, readFacts } from './effects.js';
import { begin, decide, decideAfter, takeIn, toCarry, undecided, type Life } from './life.js';
import { openMailbox } from './mailbox.js';
import type { CaseEnding, CaseStart } from './messages.js';
import { createTeller, sleepUntilNext } from './shown.js';

/**
 * One account in trouble, from the first unpaid invoice until everything is given back. It looks at Stripe, decides,
 * acts, tells, and sleeps until the next date or message. What to do is decided in `advance`, never here.
 */
export async function delinquentAccount({ account, carried }: CaseStart): Promise<CaseEnding> {
  let life: Life | null = carried === undefined ? null : undecided(carried);
  const mailbox = openMailbox(() => life);
  const tell = createTeller();

  for (;;) {
    const messages = mailbox.drain();
    const seen = await readFacts({ account, caseId: life?.file.id ?? null });
    life = takeIn(life ?? begin(account, seen.beginning), messages, Date.now());
    messages.forEach((message) => message.taken?.());
    life = decide(life, seen, Date.now());
    await tell(life);

    // Every act reads Stripe for itself, so the facts of this wake serve for all of its acts; when one was not simply done,
    // or somebody wrote, the case looks again.
    let mustLookAgain = false;
    while (life.act !== null && !mustLookAgain) {
      const outcome = await perform(life, life.act, mailbox);
      mustLookAgain = outcome.status !== 'done' || mailbox.waiting;
      life = decideAfter(life, life.act, outcome, seen, Date.now());
      await tell(life);
    }
    // A closed case looks at nothing any more: what came while it closed belongs to the next one.
    if (mustLookAgain && life.file.closedAt === null) continue;

    if (life.file.closedAt !== null) {
      // Whoever still waits for an answer gets it, and a message that came meanwhile begins a new case.
      await condition(() => mailbox.waiting || allHandlersFinished());
      const { id, stage, openedAt } = life.file;
      if (!mailbox.waiting) return { caseId: id, stage, wasOwed: openedAt !== null };
      life = null;
      continue;
    }
    if (workflowInfo().continueAsNewSuggested && !mailbox.waiting) {
      await condition(() => mailbox.waiting || allHandlersFinished());
      if (!mailbox.waiting)
        await continueAsNew<typeof delinquentAccount>({ account, carried: toCarry(life) });
    }
    await sleepUntilNext(life, mailbox);
  }
}
