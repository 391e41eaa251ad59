// After the compiler: what it does not copy (migrations), and the workflows as one file, so that a worker starts without
// bundling.
import { cpSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

cpSync(at('src/db/migrations'), at('dist/src/db/migrations'), { recursive: true });
cpSync(at('src/dev/leash.mjs'), at('dist/src/dev/leash.mjs'));
cpSync(at('src/codec/failure-converter.cjs'), at('dist/src/codec/failure-converter.cjs'));
const source = { workflowsPath: at('workflows/index.ts'), logger: new DefaultLogger('WARN') };
const { code } = await bundleWorkflowCode(source);
writeFileSync(at('dist/workflow-bundle.js'), code);
// For workers with a payload codec.
const failureConverterPath = at('src/codec/failure-converter.cjs');
const encoded = await bundleWorkflowCode({ ...source, failureConverterPath });
writeFileSync(at('dist/workflow-bundle-encoded.js'), encoded.code);
