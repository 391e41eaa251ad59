import { DAY_MS, type Instant } from '../../domain/time.js';
import { paidAfterPauseMs } from '../../preview/totals.js';
import type { Comparison } from '../../preview/trial.js';
import type { View, WordKind } from '../../preview/words.js';

export const dayOf = (at: Instant) => new Date(at).toISOString().slice(0, 10);

const days = (ms: number) => {
  const count = Math.round(Math.abs(ms) / DAY_MS);
  return count === 1 ? '1 day' : `${count} days`;
};

/** Whether and when it would have been paused, for people. */
export function pauseOf({ paused, pauseAt }: Comparison): string {
  if (paused === 'yes') return `yes, on ${dayOf(pauseAt ?? 0)}`;
  if (paused === 'not yet') return `not yet: on ${dayOf(pauseAt ?? 0)}`;
  return pauseAt === null ? 'no: no pause is planned' : `no: due on ${dayOf(pauseAt)}`;
}

/** What became of the debt, for people. */
export function debtOf(one: Comparison): string {
  const { settled } = one;
  if (settled === null) return 'still owes';
  const lateMs = paidAfterPauseMs(one);
  const when = lateMs === null ? '' : `, ${days(lateMs)} ${lateMs < 0 ? 'before' : 'after'} that`;
  return `${settled.by} on ${dayOf(settled.at)}${when}`;
}

const spoken: Readonly<Record<WordKind, string>> = {
  restricted: 'restricted by hand',
  extended: 'gave time',
  exempted: 'exempted',
  forgave: 'forgave invoices',
  agreed: 'agreed on instalments',
  granted: 'granted service',
};

/** What people said of it, and whether that is what Forbear would have done. */
export function viewShown({ paused, view }: Pick<Comparison, 'paused' | 'view'>): string {
  const said = [
    ...(view.restrictedAt === null ? [] : [`${spoken.restricted} on ${dayOf(view.restrictedAt)}`]),
    ...sparedIn(view),
  ].join(', ');
  return said === '' ? '' : `${said}${judgedBeside(paused, view)}`;
}

const sparedIn = ({ spared }: View) =>
  spared === null ? [] : [`${spoken[spared.kind]} on ${dayOf(spared.at)}`];

function judgedBeside(paused: Comparison['paused'], { verdict, spared }: View): string {
  if (verdict === 'agree') return paused === 'yes' ? ': agree' : ': harder than Forbear';
  if (paused !== 'yes') return '';
  return spared?.beforehand === true ? ': Forbear would have obeyed' : ': against their judgement';
}
