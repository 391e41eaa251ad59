import { formatInstant, type Instant } from '../../domain/time.js';

export type Progress = {
  /** Everything created from this instant on is done. */
  reached(at: Instant, events: number): void;
  /** Clears the line. */
  end(): void;
};

type Span = { readonly since: Instant; readonly until: Instant };

const barWidth = 30;

/** A line that is written anew on the terminal; without one, nothing. By the time that is covered: Stripe gives no total. */
export function createProgress(span: Span, terminal: NodeJS.WriteStream): Progress {
  if (!terminal.isTTY) return { reached: () => undefined, end: () => undefined };
  const erase = '\r\u001b[2K';
  return {
    reached: (at, events) => void terminal.write(`${erase}${lineOf(span, at, events)}`),
    end: () => void terminal.write(erase),
  };
}

/** `[####------] 42 %  1234 events, back to 2026-11-12 09:00 UTC`. Pure. */
export function lineOf({ since, until }: Span, at: Instant, events: number): string {
  const share = until <= since ? 1 : Math.min(1, Math.max(0, (until - at) / (until - since)));
  const full = Math.round(share * barWidth);
  const bar = `${'#'.repeat(full)}${'-'.repeat(barWidth - full)}`;
  return `[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  ${events} events, back to ${formatInstant(at)}`;
}
