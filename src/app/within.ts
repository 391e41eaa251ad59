import { localError } from './errors.js';

/**
 * Runs something within a time limit, also when it doesn't listen to the signal. Throws `ForbearError` `timeout`, else
 * what `run` throws.
 */
export async function within<T>(timeoutMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const remedy = 'look whether Forbear is up, or give it a longer timeoutMs';
      reject(localError('timeout', `Forbear gave no answer within ${timeoutMs} ms`, remedy));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([run(controller.signal), limit]);
  } finally {
    clearTimeout(timer);
  }
}
