import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { shorten } from './failure.mjs';

// Often enough to be seen alive, rare enough for a CI log.
const signOfLifeMs = 30_000;

/**
 * Speaks to whoever waits. `note` is silent under --quiet, `work` never is: it stands for waiting. `log` goes to a file only.
 * @param {{ quiet: boolean, logFile: string }} options
 */
export function createVoice({ quiet, logFile }) {
  let logBegun = false;
  const log = (text) => {
    if (!logBegun) {
      mkdirSync(dirname(logFile), { recursive: true });
      writeFileSync(logFile, '');
      logBegun = true;
    }
    appendFileSync(logFile, text);
  };
  return {
    log,
    /** The log's path if anything was logged. */
    logged: () => (logBegun ? logFile : undefined),
    note: (text) => {
      if (!quiet) console.log(text);
    },
    /** Announces `text` with how long it may take, runs `job`, shows signs of life, and closes with the time it took. */
    work: async (text, job) => {
      const since = Date.now();
      console.log(`${text} …`);
      log(`\n## ${text}\n`);
      const life = setInterval(() => console.log(`  … still at it after ${elapsed(since)}`), signOfLifeMs);
      try {
        const result = await job();
        console.log(`  done in ${elapsed(since)}`);
        return result;
      } catch (error) {
        console.log(`  didn't work, after ${elapsed(since)}: ${shorten(error.message)}`);
        throw error;
      } finally {
        clearInterval(life);
      }
    },
  };
}

export function elapsed(since) {
  const seconds = (Date.now() - since) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
