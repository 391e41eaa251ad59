import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runDemoStack } from '../../src/demo/run.js';
import { stories } from '../../src/demo/stories.js';
import { checkout, devOptions, removeData } from '../support/dev-standin.js';

let dataFolder: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'forbear-demo-'));
});
afterEach(() => removeData(dataFolder));

it('the demo brings every account to its expected end within two minutes, and says so line by line', async () => {
  let printed = '';
  const terminal = { write: (text: string) => (printed += text) };
  const beganAt = Date.now();
  const code = await runDemoStack(devOptions(checkout, [], { dataFolder }), true, terminal);
  expect(printed).toContain(`${stories.length} of ${stories.length} accounts ended as expected`);
  expect(code).toBe(0);
  expect(Date.now() - beganAt).toBeLessThan(120_000);
  // Plain lines, one a change, without the terminal's own language.
  expect(printed).not.toContain('\u001b');
  expect(printed).toMatch(/Borealis Bakery .*reminded → paused/);
});
