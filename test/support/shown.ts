import { defaultPayloadConverter, defineSearchAttributeKey } from '@temporalio/common';
import { workflowIdOf } from '../../workflows/messages.js';
import type { Life } from './lives.js';
import type { Ways } from './stack.js';

/** All that the Temporal Web UI has to show of an account. */
export type Shown = {
  readonly stage: string | null;
  readonly reason: string | null;
  readonly nextStep: string | null;
  readonly nextAt: Date | null;
  readonly memo: Readonly<Record<string, unknown>>;
  readonly summary: string | undefined;
  /** Without its emphasis. */
  readonly details: string;
  /** The name of the timer that runs. */
  readonly waitsFor: string;
};

export async function shownOf({ temporal }: Ways, { id }: Life): Promise<Shown> {
  const handle = temporal.workflow.getHandle(workflowIdOf(id));
  const description = await handle.describe();
  const attributes = description.typedSearchAttributes;
  const word = (name: string) => attributes.get(defineSearchAttributeKey(name, 'KEYWORD')) ?? null;
  const metadata = await handle.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata');
  const events = (await handle.fetchHistory()).events ?? [];
  const timer = events.filter((event) => event.timerStartedEventAttributes).at(-1);
  const summary = timer?.userMetadata?.summary;
  return {
    stage: word('ForbearStage'),
    reason: word('ForbearReason'),
    nextStep: word('ForbearNextStep'),
    nextAt: attributes.get(defineSearchAttributeKey('ForbearNextAt', 'DATETIME')) ?? null,
    memo: description.memo ?? {},
    summary: await description.staticSummary(),
    details: (metadata.currentDetails ?? '').replaceAll('**', ''),
    waitsFor: summary ? defaultPayloadConverter.fromPayload<string>(summary) : '',
  };
}
