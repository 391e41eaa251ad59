import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { tsImport } from 'tsx/esm/api';

const stageMs = 60_000;
const owedMinor = 30_000;

/**
 * Gets an account of a running demo into trouble once more: its renewal fails, it is granted an extension, and it is
 * paused, and stays so. Returns where its workflow is in the Web UI.
 */
export async function getIntoTrouble(root, stack, ref) {
  const forbear = commandLine(root, stack);
  const { id, customers } = JSON.parse(await forbear('account', 'show', ref, '--json'));
  const { createTill } = await tsImport('../../src/demo/till.ts', import.meta.url);
  await createTill(stack.stripe).failRenewal(customers[0], owedMinor);

  await inStage(stack, id, 'reminded');
  const extension = ['--days', '0.0001', '--reason', 'promised to pay on Friday', '--by', 'Sam of support'];
  await forbear('case', 'extend', ref, ...extension);
  const { workflowId, runId } = await inStage(stack, id, 'paused');
  return `${workflowsOf(stack)}/${encodeURIComponent(workflowId)}/${runId}`;
}

/** The Web UI's list of workflows. */
export function workflowsOf({ temporal: { ui, namespace } }) {
  return `${ui}/namespaces/${namespace}/workflows`;
}

function commandLine(root, { postgres, temporal }) {
  const env = {
    ...process.env,
    DATABASE_URL: postgres,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  return async (...words) => {
    const run = promisify(execFile)(process.execPath, ['bin/forbear.mjs', ...words], { cwd: root, env });
    return (await run).stdout;
  };
}

async function inStage({ temporal: { ui, namespace } }, account, stage) {
  const query = `WorkflowId = 'account/${account}' AND ForbearStage = '${stage}' AND ExecutionStatus = 'Running'`;
  const url = `${ui}/api/v1/namespaces/${namespace}/workflows?query=${encodeURIComponent(query)}`;
  const deadline = Date.now() + stageMs;
  for (;;) {
    const { executions = [] } = await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json();
    if (executions.length > 0) return executions[0].execution;
    if (Date.now() > deadline) throw new Error(`The account was not ${stage} after ${stageMs / 1000} s.`);
    await sleep(300);
  }
}
