import type { Client, WorkflowHandle } from '@temporalio/client';
import { Command } from 'commander';
import { sweepProgressQuery, type SweepEnding } from '../../workflows/messages.js';
import type { Sweep } from '../dispatcher/sweep-schedule.js';
import type { SweepTally } from '../domain/sweep.js';
import { withTemporal } from './environment.js';
import { CommandFailure, print, printJson } from './output.js';

type Flags = { readonly json?: boolean };

/** `forbear sweep`. */
export function sweepCommand(): Command {
  return new Command('sweep')
    .description(
      'read again at Stripe, now, whoever is restricted or has an open case, and mend what differs',
    )
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nThe worker does it; a sweep that is under way is followed. It goes on when you stop waiting.',
    )
    .action(sweep);
}

async function sweep({ json }: Flags): Promise<void> {
  const ending = await withTemporal(async (client) => {
    const { startSweep } = await import('../dispatcher/sweep-schedule.js');
    return follow(client, await startSweep(client), process.stderr);
  });
  if (json) printJson(ending);
  else linesOf(ending).forEach(print);
  if (ending.failed > 0)
    throw new CommandFailure(
      'failed',
      `${ending.failed} could not be looked at: see the log of forbear worker`,
    );
}

const lookEveryMs = 1_000;

type Sweeping = WorkflowHandle<Sweep>;

/** Waits for its end, and says on a terminal how far it is. */
async function follow(
  client: Client,
  sweeping: Sweeping,
  terminal: NodeJS.WriteStream,
): Promise<SweepEnding> {
  const erase = '\r\u001b[2K';
  const ask = () =>
    client.connection.withDeadline(Date.now() + lookEveryMs, () => sweeping.query(sweepProgressQuery));
  const show = () =>
    void ask().then(
      (tally) => terminal.write(`${erase}${progressOf(tally)}`),
      () => undefined,
    );
  const timer = terminal.isTTY ? setInterval(show, lookEveryMs) : undefined;
  try {
    return await sweeping.result();
  } finally {
    clearInterval(timer);
    if (terminal.isTTY) terminal.write(erase);
  }
}

/** `120 accounts read again, 3 mended, 0 failed`. Pure. */
export const progressOf = ({ looked, mended, failed }: SweepTally) =>
  `${looked} ${looked === 1 ? 'account' : 'accounts'} read again, ${mended} mended, ${failed} failed`;

const words: Readonly<Record<string, string>> = {
  agrees: 'as their cases say',
  paid: 'paid, and what was taken is given back or the case closed',
  owed: 'owe another sum, or since another day',
  doubt: 'wait for something that is over, or do not wait for what has begun',
  chargeable: 'have a new payment method to be tried',
  confirmable: 'have a payment to confirm',
  finding: 'have something that people must see to',
  workflow_missing: 'had no workflow: it was started',
  case_missing: 'had a workflow without a case: it was told to look',
};

/** What a sweep came to, as people read it: one line a kind, the most frequent first. Pure. */
export function linesOf(ending: SweepEnding): string[] {
  const kinds = Object.entries(ending.found).sort(([, a], [, b]) => b - a);
  const width = Math.max(1, ...kinds.map(([, count]) => String(count).length));
  return [
    `Sweep ${ending.id}: ${progressOf(ending)}.`,
    ...kinds.map(
      ([kind, count]) => `  ${String(count).padStart(width)}  ${words[kind] ?? `not looked at: ${kind}`}`,
    ),
    ...(ending.isWhole ? [] : ['Not everybody had his turn in its time: the next one goes on there.']),
  ];
}
