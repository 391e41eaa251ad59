import { describe } from 'vitest';
import { createMemoryBulk } from '../../src/adapters/memory/bulk.js';
import { bulkKeepsItsWord, bulkSecret, type BulkWorld } from '../support/bulk.js';

function memoryWorld(): BulkWorld {
  let aheadMs = 0;
  const clock = () => Date.now() + aheadMs;
  return {
    under: (rules) => createMemoryBulk({ approvers: [], secret: bulkSecret, ...rules }, clock),
    now: () => Promise.resolve(clock()),
    wait: (ms) => Promise.resolve(void (aheadMs += ms)),
  };
}

describe('bulk approvals in memory', () => {
  bulkKeepsItsWord(memoryWorld);
});
