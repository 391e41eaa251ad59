import { SECOND_MS } from '../../domain/time.js';

const timeoutMs = 10 * SECOND_MS;

/**
 * Tells a dead man's switch (Healthchecks, Cronitor, Uptime Kuma …) that we live, by a GET of its URL. Rejects with a message
 * that does not hold the URL, which whoever knows it can use as well.
 */
export async function beat(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => null);
  await response?.body?.cancel();
  if (response === null) throw new Error('the dead man’s switch is not reachable');
  if (!response.ok) throw new Error(`the dead man’s switch answered ${response.status}`);
}
