// After the compiler: what it does not copy (migrations), and the workflows as one file, so that a worker starts without
// bundling.
import { cpSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

cpSync(at('src/db/migrations'), at('dist/src/db/migrations'), { recursive: true });
cpSync(at('src/dev/leash.mjs'), at('dist/src/dev/leash.mjs'));
const { code } = await bundleWorkflowCode({
  workflowsPath: at('workflows/index.ts'),
  logger: new DefaultLogger('WARN'),
});
writeFileSync(at('dist/workflow-bundle.js'), code);
