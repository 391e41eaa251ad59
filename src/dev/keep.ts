import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess } from './end-process.js';
import { DevFailure } from './failure.js';
import { identityOf } from './identity.js';
import { startLeashed, type Ending, type Leashed } from './leashed.js';
import { openLog, type LogFile } from './log-file.js';
import type { PartName } from './options.js';
import type { Part } from './part.js';
import type { PidRecord } from './pid-record.js';

export type Kept = {
  readonly name: PartName;
  /** Of the process itself, not of its leash; `null` while none runs. */
  pid(): number | null;
  /** Ends it for good. Safe to call at any time, and again. */
  stop(): Promise<void>;
};

export type KeepContext = {
  readonly logFolder: string;
  readonly record: PidRecord;
  readonly say: (line: string) => void;
  /** A part was started again (its pid is new). */
  readonly changed: () => void;
  /** A part that ran can't be kept running: everything has to stop. */
  readonly giveUp: (failure: DevFailure) => void;
};

const mostDeaths = 5;
const deathWindowMs = 60_000;
const firstBackoffMs = 250;
// A cold disk and two busy cores: what takes longer than this hangs.
const readyLimitMs = 90_000;
const lookEveryMs = 100;

/**
 * Starts a part and keeps it running: when it dies it is started again, later each time, until it has died too often.
 * `ready` is settled once it can be used for the first time, or with a `DevFailure` once it is clear that it can't.
 */
export function keep(
  part: Part,
  context: KeepContext,
): { readonly kept: Kept; readonly ready: Promise<void> } {
  const log = openLog(join(context.logFolder, `${part.name}.log`));
  const halt = new AbortController();
  let current: Leashed | null = null;
  let wasReady = false;
  const deaths: number[] = [];

  async function live(onReady: () => void): Promise<void> {
    while (!halt.signal.aborted) {
      await part.prepare?.();
      if (halt.signal.aborted) return;
      const place = log.size();
      current = await startLeashed(part.command, log.path);
      note(part, current, context.record);
      if (halt.signal.aborted) current.stop();
      void becomeReady(part, current, log, place).then((isReady) => {
        if (!isReady || halt.signal.aborted) return;
        if (wasReady) context.say(`${part.name} runs again`);
        wasReady = true;
        context.changed();
        onReady();
      });
      const ending = await current.ended;
      await clearUp(part, ending, context.record);
      current = null;
      if (halt.signal.aborted) return;
      await backOff(ending);
    }
  }

  async function backOff(ending: Ending): Promise<void> {
    const now = Date.now();
    deaths.push(now);
    const recent = deaths.filter((at) => now - at < deathWindowMs).length;
    if (recent >= mostDeaths)
      throw new DevFailure(sentenceOf(part, `ended ${recent} times within a minute (${ending.words})`, log));
    const waitMs = firstBackoffMs * 2 ** (recent - 1);
    context.say(`${part.name} ended (${ending.words}); starting it again in ${waitMs / 1000} s`);
    await sleep(waitMs, undefined, { signal: halt.signal }).catch(() => {});
  }

  let life: Promise<void> = Promise.resolve();
  const ready = new Promise<void>((resolve, reject) => {
    life = live(resolve).catch((error: unknown) => {
      const failure =
        error instanceof DevFailure
          ? error
          : new DevFailure(sentenceOf(part, `can't be started (${String(error)})`, log));
      reject(failure);
      if (wasReady) context.giveUp(failure);
    });
    void life.then(() => reject(new DevFailure(`${part.name} was stopped before it was ready.`)));
  });
  const stop = async () => {
    halt.abort();
    current?.stop();
    await life;
  };
  return { kept: { name: part.name, pid: () => current?.pid ?? null, stop }, ready };
}

function note(part: Part, { pid, leashPid }: Leashed, record: PidRecord): void {
  const process = pid === null ? null : identityOf(pid);
  if (process === null) return;
  record.note({ name: part.name, stopSignal: part.command.stopSignal, process, leash: identityOf(leashPid) });
}

/** A leash that was killed has let go of its process, which must end before another one takes its place. */
async function clearUp(part: Part, ending: Ending, record: PidRecord): Promise<void> {
  const left = record.processOf(part.name);
  if (ending.torn && left !== null) await endProcess(left, part.command.stopSignal);
  record.forget(part.name);
}

/** Waits until the part can be used; false when its process ended before. One that hangs is killed, which is a death. */
async function becomeReady(part: Part, child: Leashed, log: LogFile, place: number): Promise<boolean> {
  let ended = false;
  void child.ended.then(() => (ended = true));
  const deadline = Date.now() + readyLimitMs;
  while (!ended) {
    const isReady = await Promise.resolve()
      .then(() => part.ready({ lines: log.linesSince(place) }))
      .catch(() => false);
    if (isReady) return !ended;
    if (Date.now() > deadline) child.kill();
    await sleep(lookEveryMs);
  }
  return false;
}

function sentenceOf(part: Part, what: string, log: LogFile): string {
  const said = log.lastWords().slice(0, 300);
  return `${part.name} ${what}: see ${log.path}${said === '' ? '' : `, which ends with "${said}"`}.`;
}
