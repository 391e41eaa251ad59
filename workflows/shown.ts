import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { condition, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { detailsOf, reasonOf, waitOf } from './details.js';
import { recordCase } from './effects.js';
import type { Life } from './life.js';
import { nextTakingOf } from '../src/domain/timetable.js';
import type { Mailbox } from './mailbox.js';
import { searchAttributes } from './messages.js';

/**
 * Tells what a case has come to: to the Temporal Web UI, to the projection, and of people's orders to the audit log. Writes
 * only what has changed; while an act is due, what comes next is not settled yet and the attributes wait.
 */
export function createTeller() {
  const shown = new Map<string, string>();
  let saved = { content: '', next: '' };
  return async (life: Life): Promise<Life> => {
    const { file, next, act, orders } = life;
    setCurrentDetails(detailsOf(life));
    const news = attributesOf(life).filter(({ key, value }) => shown.get(key.name) !== JSON.stringify(value));
    if (act === null && news.length > 0) {
      news.forEach(({ key, value }) => shown.set(key.name, JSON.stringify(value)));
      upsertSearchAttributes(news);
    }
    // That a second look is due, or over, is nobody's news.
    const content = JSON.stringify({ ...file, recheckAt: null });
    const upcoming = act === null ? JSON.stringify(next) : saved.next;
    const isNews = content !== saved.content || upcoming !== saved.next;
    if (orders.length === 0 && (file.openedAt === null || !isNews)) return life;
    saved = { content, next: upcoming };
    const verdicts = await recordCase(file, next, Date.now(), orders);
    // An earlier version told nothing.
    if (verdicts === undefined || verdicts.length === 0) return { ...life, orders: [] };
    // The case was not written down: it comes again without what did not count, also when that changes nothing.
    saved = { content: '', next: '' };
    return { ...life, orders: [], verdicts };
  };
}

/** Next step and its date are those of what is taken away next: of reminders an operator needs no list. */
function attributesOf({ file, policy }: Life): SearchAttributeUpdatePair[] {
  const next = file.closedAt === null ? nextTakingOf(file, policy, Date.now()) : null;
  return [
    { key: searchAttributes.stage, value: file.stage },
    { key: searchAttributes.reason, value: reasonOf(file) },
    { key: searchAttributes.nextStep, value: next?.step ?? null },
    { key: searchAttributes.nextAt, value: next === null ? null : new Date(next.at) },
  ];
}

/**
 * Sleeps until the case's next date, or a message. The summary names the timer in the Web UI; that option of `condition`
 * is still marked experimental, so it is used in this one place.
 */
export async function sleepUntilNext(life: Life, mailbox: Mailbox): Promise<void> {
  const summary = waitOf(life);
  await condition(() => mailbox.waiting, Math.max(1, life.wakeAt - Date.now()), { summary });
}
