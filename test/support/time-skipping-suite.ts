import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, describe } from 'vitest';
import {
  openEnvironment,
  openTrial,
  testServerPath,
  type Trial,
  type TrialOptions,
} from './time-skipping.js';

export type TrialOpeners = {
  /** An account in good standing that nothing was heard of. */
  open(options?: TrialOptions): Promise<Trial>;
  /** An account whose renewal failed on day 0, and whose case has just opened. */
  openInArrears(options?: TrialOptions): Promise<Trial>;
};

/** A suite on a time-skipping server of its own. Where none can be had it is skipped, and says why. */
export function describeInTime(name: string, suite: (openers: TrialOpeners) => void): void {
  if (testServerPath === null) {
    describe.skip(`${name} (no time-skipping server: run npm run setup)`, () => suite(nobody));
    return;
  }
  describe(name, () => {
    let env: TestWorkflowEnvironment | null = null;
    const trials: Trial[] = [];
    async function teardown(): Promise<void> {
      await env?.teardown();
      env = null;
    }
    afterEach(async () => {
      for (const trial of trials.splice(0)) {
        if (!(await trial.close())) await teardown();
      }
    });
    afterAll(teardown);

    async function open(options?: TrialOptions): Promise<Trial> {
      env ??= await openEnvironment();
      const trial = await openTrial(env, options);
      trials.push(trial);
      return trial;
    }
    async function openInArrears(options?: TrialOptions): Promise<Trial> {
      const trial = await open(options);
      await trial.renewalFails(0);
      return trial;
    }
    suite({ open, openInArrears });
  });
}

const missing = () => Promise.reject(new Error('there is no time-skipping server'));
const nobody: TrialOpeners = { open: missing, openInArrears: missing };
