import { ErrorReply } from 'redis';
import { deepestReason, PortError } from '../../ports/errors.js';

// A server that starts, fails over, writes to its disk or is full says so for a while only.
const passing =
  /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|MISCONF|OOM|NOREPLICAS|UNKILLABLE|MOVED|ASK|ERR max number of clients)/;

/** What a server says "no" to is a refusal, such as a right that is missing; everything else may be otherwise in a minute. */
export function failureOf(name: string, error: unknown): PortError {
  if (error instanceof PortError) return error;
  const isRefused = error instanceof ErrorReply && !passing.test(error.message);
  const reason = error instanceof ErrorReply ? error.message : deepestReason(error);
  const code = isRefused ? 'TARGET_REFUSED' : 'TARGET_UNAVAILABLE';
  return new PortError(code, `${name}: ${reason}`, { cause: error });
}
