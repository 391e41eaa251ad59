import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import { condition, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { detailsOf, reasonOf, waitOf } from './details.js';
import { recordCase } from './effects.js';
import type { Life } from './life.js';
import type { Mailbox } from './mailbox.js';

const searchAttributes = {
  stage: defineSearchAttributeKey('ForbearStage', 'KEYWORD'),
  reason: defineSearchAttributeKey('ForbearReason', 'KEYWORD'),
  account: defineSearchAttributeKey('ForbearAccount', 'KEYWORD'),
  nextStep: defineSearchAttributeKey('ForbearNextStep', 'KEYWORD'),
  nextAt: defineSearchAttributeKey('ForbearNextAt', 'DATETIME'),
  policy: defineSearchAttributeKey('ForbearPolicy', 'KEYWORD'),
};

/**
 * Tells what a case has come to: to the Temporal Web UI, and to the projection. Writes only what has changed; while an act
 * is due, what comes next is not settled yet and the attributes wait.
 */
export function createTeller() {
  let shown = '';
  let saved = '';
  return async (life: Life): Promise<void> => {
    const { file, next, act } = life;
    setCurrentDetails(detailsOf(life));
    const attributes = JSON.stringify([file.stage, reasonOf(file), next]);
    if (act === null && attributes !== shown) {
      shown = attributes;
      upsertSearchAttributes(attributesOf(life));
    }
    const text = JSON.stringify(act === null ? [file, next] : [file]);
    if (file.openedAt === null || text === saved) return;
    saved = text;
    await recordCase(file, next, Date.now());
  };
}

function attributesOf({ file, policy, next }: Life): SearchAttributeUpdatePair[] {
  return [
    { key: searchAttributes.stage, value: file.stage },
    { key: searchAttributes.reason, value: reasonOf(file) },
    { key: searchAttributes.account, value: file.account },
    { key: searchAttributes.nextStep, value: next?.step ?? null },
    { key: searchAttributes.nextAt, value: next === null ? null : new Date(next.at) },
    { key: searchAttributes.policy, value: policy.name },
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
