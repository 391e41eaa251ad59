import { PortError, type PortErrorCode } from '../../ports/errors.js';
import type { SessionStore } from '../../ports/sessions.js';

type Session = { readonly id: string; readonly issuedAt: number };

/** What an app does with its sessions, without Forbear. */
type MemoryApp = {
  signIn(ref: string, id: string, issuedAt: Date): void;
  isLetIn(ref: string, id: string): boolean;
};

export type MemorySessions = SessionStore &
  MemoryApp & {
    /** The next call of the method fails; with `executed` only after it did its work, as when the answer is lost. */
    failNext(method: 'end' | 'left', code: PortErrorCode, executed?: boolean): void;
    /** Every account that was to be ended, in order, also by calls that failed. */
    readonly asked: readonly string[];
  };

/** A session store in memory, held to the same conformance suite as the real ones. For tests. */
export function createMemorySessions(name = 'memory'): MemorySessions {
  const kept = new Map<string, Session[]>();
  const asked: string[] = [];
  const failures: { method: string; code: PortErrorCode; executed: boolean }[] = [];
  const of = (ref: string) => kept.get(ref) ?? [];

  const failing = async <T>(method: string, work: () => T): Promise<T> => {
    const at = failures.findIndex((one) => one.method === method);
    const [failure] = at < 0 ? [] : failures.splice(at, 1);
    const done = failure === undefined || failure.executed ? work() : null;
    if (failure !== undefined) throw new PortError(failure.code, `${name}: made to fail`);
    return Promise.resolve(done as T);
  };
  const endOne = (ref: string, at: Date) => {
    const newer = of(ref).filter(({ issuedAt }) => issuedAt > at.getTime());
    const ended = of(ref).length - newer.length;
    kept.set(ref, newer);
    return { ref, ended };
  };
  return {
    name,
    end: (accounts, at) => {
      asked.push(...accounts.map(({ ref }) => ref));
      return failing('end', () => accounts.map(({ ref }) => endOne(ref, at)));
    },
    left: ({ ref }, at) =>
      failing('left', () => of(ref).filter(({ issuedAt }) => issuedAt <= at.getTime()).length),
    inspect: () => Promise.resolve({ reached: 'sessions in memory', rights: [] }),
    close: () => Promise.resolve(),
    signIn: (ref, id, issuedAt) => void kept.set(ref, [...of(ref), { id, issuedAt: issuedAt.getTime() }]),
    isLetIn: (ref, id) => of(ref).some((session) => session.id === id),
    failNext: (method, code, executed = false) => void failures.push({ method, code, executed }),
    asked,
  };
}
