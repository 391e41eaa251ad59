// Run as a process of its own by sdk-download.mjs: starts one server through Temporal's SDK, proves it works, stops it.
// Its last line is the reason when it fails.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { kind, executable } = JSON.parse(process.argv[2]);
const dayMs = 24 * 60 * 60 * 1000;

try {
  const require = createRequire(join(process.cwd(), 'package.json'));
  const { TestWorkflowEnvironment } = require('@temporalio/testing');
  const { Runtime, DefaultLogger } = require('@temporalio/worker');
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  await (kind === 'dev' ? proveDevServer : proveTimeSkipping)(TestWorkflowEnvironment);
  process.exit(0);
} catch (error) {
  console.error(error);
  console.error(messageOf(error));
  process.exit(1);
}

async function proveDevServer(TestWorkflowEnvironment) {
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await environment.teardown();
}

async function proveTimeSkipping(TestWorkflowEnvironment) {
  const environment = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  try {
    const before = await environment.currentTimeMs();
    await environment.sleep('1 day');
    const skippedMs = (await environment.currentTimeMs()) - before;
    if (skippedMs < dayMs)
      throw new Error(`the test server slept a day and its clock went on by ${skippedMs} ms`);
  } finally {
    await environment.teardown();
  }
}

/** With every cause: the SDK wraps its own words around the one that says most. */
function messageOf(error) {
  const messages = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) messages.push(cause.message);
  return [...new Set(messages)].join(': ').replace(/\s+/g, ' ');
}
