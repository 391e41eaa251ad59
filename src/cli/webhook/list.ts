import { Command } from 'commander';
import { listEndpoints, type EndpointRow } from '../../db/queries/endpoints.js';
import { withDatabase } from '../environment.js';
import { fromNow, printJson, printTable } from '../output.js';

/** `forbear webhook list`. */
export function listCommand(): Command {
  return new Command('list')
    .description('the endpoints, and how telling them goes')
    .option('--json', 'one JSON record a line')
    .action(list);
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const endpoints = await withDatabase((db) => listEndpoints(db));
  if (json) {
    endpoints.forEach(printJson);
    return;
  }
  const now = new Date();
  const rows = endpoints.map((endpoint) => [
    endpoint.id.slice(0, 8),
    endpoint.url,
    stateOf(endpoint, now),
    String(endpoint.waiting),
    endpoint.lastSuccessAt === null ? 'never' : fromNow(endpoint.lastSuccessAt, now),
    secretsOf(endpoint, now),
  ]);
  const head = ['id', 'address', 'state', 'waiting', 'last arrival', 'secrets'];
  printTable(head, rows, 'No endpoint yet: `forbear webhook add https://…` adds one.', { wraps: [1, 2] });
}

function stateOf({ disabledAt, disabledBecause, failingSince, isPinged }: EndpointRow, now: Date): string {
  if (disabledAt !== null)
    return `disabled ${fromNow(disabledAt, now)}: ${disabledBecause}${isPinged ? '; looked at every hour' : ''}`;
  return failingSince === null ? 'enabled' : `failing, since ${fromNow(failingSince, now)}`;
}

function secretsOf({ secretEnds }: EndpointRow, now: Date): string {
  const older = secretEnds.filter((end) => end !== null).map((end) => new Date(end));
  const counting = older.filter((end) => end > now);
  return counting.length === 0
    ? '1'
    : ['1', ...counting.map((end) => `1 until ${fromNow(end, now)}`)].join(', ');
}
