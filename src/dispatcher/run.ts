import type { Logger } from '../ports/logger.js';
import { dispatchBatch, type DispatchDeps } from './dispatch.js';

export type Dispatcher = { stop(): Promise<void> };

type RunDeps = DispatchDeps & {
  readonly logger: Logger;
  /** Whether deliveries come in so thickly that what can wait should: they share a machine with us. */
  readonly isPressed?: () => boolean;
  /** Calls `wake` whenever events were committed. */
  readonly listen: (wake: () => void) => Promise<void>;
};

const listenAgainMs = 5_000;

// Under pressure hundreds of events are dispatched a second nevertheless.
const restMs = 250;

// The fallback when a notification is lost, and what brings rows back whose retry has come.
const pollEveryMs = 1_000;

/** Dispatches until stopped: woken by the database, polling besides, one batch at a time. */
export function runDispatcher({ listen, isPressed = () => false, logger, ...deps }: RunDeps): Dispatcher {
  let stopped = false;
  let wake = () => undefined as void;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const claimed = await dispatchBatch(deps).catch((error: unknown) => {
        logger.error({ error }, 'dispatching failed; the events are kept and tried again');
        return 0;
      });
      if (claimed > 0 && isPressed()) await pause(restMs);
      if (claimed > 0) continue;
      await Promise.race([woken, pause(pollEveryMs)]);
    }
  };
  // A database that is down at the start is listened to once it is up; until then the poll does it alone.
  const listenUntilHeard = async (): Promise<void> => {
    let isListening = false;
    while (!stopped && !isListening) {
      isListening = await listen(() => wake()).then(
        () => true,
        (error: unknown) => {
          logger.warn({ error }, 'no notifications from the database yet; polling');
          return false;
        },
      );
      if (!isListening) await pause(listenAgainMs);
    }
  };
  void listenUntilHeard();
  const running = loop();
  return {
    stop: async () => {
      stopped = true;
      wake();
      await running;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
