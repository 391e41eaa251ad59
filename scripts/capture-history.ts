// Plays each path of a case on the time-skipping server and keeps its history under test/replay/histories, where every
// later version of the workflow has to replay it: `npm run capture-history [NAME…]`. Without names only missing ones.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { loadPolicy } from '../src/policy/load.js';
import { paths } from '../test/support/history-paths.js';
import { openEnvironment, openTrial } from '../test/support/time-skipping.js';

const folder = fileURLToPath(new URL('../test/replay/histories', import.meta.url));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in paths));
if (unknown.length > 0) {
  throw new Error(`no such path: ${unknown.join(', ')}; there are ${Object.keys(paths).join(', ')}`);
}
const fileOf = (name: string) => `${folder}/${name}.json`;
const names = asked.length > 0 ? asked : Object.keys(paths).filter((name) => !existsSync(fileOf(name)));

mkdirSync(folder, { recursive: true });
for (const name of names) {
  const env = await openEnvironment();
  // Workers that come and go find a run again only where none had it cached.
  const { policy = 'saas', mode = 'enforce', isInGoodStanding, workflowId, play } = paths[name] ?? {};
  const trial = await openTrial(env, { cached: false, mode, policy: loadPolicy(`policies/${policy}.yaml`) });
  if (isInGoodStanding !== true) await trial.renewalFails(0);
  await play?.(trial);
  await trial.quiet();
  const handle = workflowId === undefined ? trial.handle : env.client.workflow.getHandle(workflowId);
  const history = await handle.fetchHistory();
  writeFileSync(fileOf(name), `${historyToJSON(history)}\n`);
  console.log(`${name}: ${history.events?.length} events`);
  await trial.close();
  await env.teardown();
}
