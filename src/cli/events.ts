import { Command } from 'commander';
import { readIntakeConfig, type IntakeConfig } from '../config.js';
import { countByType } from '../db/queries/intake.js';
import { PortError } from '../ports/errors.js';
import type { EventEndpoint } from '../ports/events.js';
import { checkEndpoints, endpointsHere } from '../watch/endpoints.js';
import { operatorEnvironment, withDatabase } from './environment.js';
import { rowsOf, type TypeRow } from './events/rows.js';
import { print, printJson, printTable } from './output.js';

const days = 30;

/** `forbear events`. */
export function eventsCommand(): Command {
  return new Command('events')
    .description('every type of event: what becomes of it, whether Stripe sends it, and how many came')
    .option('--json', 'one JSON record a line')
    .action(events);
}

async function events({ json }: { json?: boolean }): Promise<void> {
  const config = readIntakeConfig(operatorEnvironment());
  const [{ here, remarks }, came] = await Promise.all([
    askStripe(config),
    withDatabase((db) => countByType(db, days)),
  ]);
  const rows = rowsOf(here, came);
  if (json) {
    rows.forEach(printJson);
    remarks.forEach((remark) => process.stderr.write(`${remark}\n`));
    return;
  }
  const head = ['type', 'what becomes of it', 'sent', `${days} days`, 'what it tells'];
  printTable(head, rows.map(cellsOf), '', { wraps: [4] });
  remarks.forEach(print);
}

type Asked = {
  /** The enabled endpoints that send here; `null` where Stripe could not be asked. */
  readonly here: readonly EventEndpoint[] | null;
  readonly remarks: readonly string[];
};

async function askStripe(config: IntakeConfig): Promise<Asked> {
  const { eventsOf, wantedEndpointOf } = await import('../wiring-intake.js');
  const wanted = wantedEndpointOf(config);
  try {
    const endpoints = await eventsOf(config.stripe).endpoints();
    const remarks = checkEndpoints(endpoints, wanted).map(({ text, remedy }) => `${text}\n→ ${remedy}`);
    return { here: endpointsHere(endpoints, wanted).filter(({ enabled }) => enabled), remarks };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { here: null, remarks: [`What Stripe sends could not be asked: ${error.message}`] };
  }
}

const kinds: Readonly<Record<TypeRow['kind'], string>> = {
  handled: 'signal',
  recorded: 'kept; not acted on yet',
  ignored: 'kept; ignored',
  unwanted: 'NOT WANTED',
};

function cellsOf({ type, kind, signal, sent, came, does }: TypeRow): string[] {
  const becomes = signal === null ? kinds[kind] : `${kinds[kind]} ${signal}`;
  return [type, becomes, sent === null ? '?' : sent ? 'yes' : 'no', String(came), does];
}
