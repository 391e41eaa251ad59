import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type Identity } from './identity.js';

// Temporal's worker and Postgres both end within two seconds unless something hangs.
export const graceMs = 8_000;
const lookEveryMs = 50;

/**
 * Ends exactly this process: first by asking, after `graceMs` by force. Does nothing when it is gone, also when its pid
 * belongs to another process by now.
 */
export async function endProcess(
  identity: Identity,
  signal: NodeJS.Signals,
  patienceMs = graceMs,
): Promise<void> {
  if (!send(identity, signal)) return;
  const deadline = Date.now() + patienceMs;
  while (isAlive(identity) && Date.now() < deadline) await sleep(lookEveryMs);
  if (!send(identity, 'SIGKILL')) return;
  while (isAlive(identity)) await sleep(lookEveryMs);
}

function send(identity: Identity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}
