import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { bundle } from '../support/time-skipping.js';

const folder = fileURLToPath(new URL('./histories', import.meta.url));
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
const historyOf = (name: string) =>
  historyFromJSON(JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')));

describe('a case that began under an earlier version', () => {
  it('has a history of every path that is protected', () => {
    expect(names.length).toBeGreaterThanOrEqual(30);
  });

  it.each(names)('replays under this one: %s', async (name) => {
    await Worker.runReplayHistory({ workflowBundle: await bundle() }, historyOf(name), name);
  });

  it('is refused when its history tells another story', async () => {
    const history = historyOf('paused-then-paid');
    const events = history.events?.filter(
      (event) => !event.timerStartedEventAttributes && !event.timerFiredEventAttributes,
    );
    await expect(
      Worker.runReplayHistory(
        { workflowBundle: await bundle() },
        { ...history, events: events ?? [] },
        'tampered',
      ),
    ).rejects.toThrow();
  });

  it('goes on as it began: one that met a brake before a change looks again, one that meets it now does not', () => {
    const looks = (name: string) =>
      historyOf(name).events?.filter(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'readFacts',
      ).length ?? 0;
    expect(looks('held-by-a-brake-and-looked-again')).toBeGreaterThan(looks('held-by-a-brake'));
    const patches = historyOf('held-by-a-brake').events?.filter(
      (event) => event.markerRecordedEventAttributes?.markerName === 'core_patch',
    );
    expect(patches).toHaveLength(1);
  });

  it('costs at most 28 events when it is paid before the first reminder', () => {
    expect(historyOf('paid-before-the-first-reminder').events?.length).toBeLessThanOrEqual(28);
  });
});
