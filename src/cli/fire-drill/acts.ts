import { writeFileSync } from 'node:fs';
import type { DrillAccess } from '../../domain/drill.js';
import { drillApprovalMs, drillRowStatuses, isUnderWay, type DrillCounts } from '../../domain/drill.js';
import { actsOf, type PlannedLine } from '../../drill/plan.js';
import { operatorEnvironment, withDatabase, withTemporal } from '../environment.js';
import { CommandFailure, exitCodes, print, printJson, printTable } from '../output.js';
import { resultText } from './result.js';

type Flags = { readonly access: DrillAccess; readonly json?: boolean };
type Signature = { readonly reason: string; readonly by: string };

/** The dry run. */
export function show(planned: readonly PlannedLine[], { access, json }: Flags): void {
  if (json) {
    for (const { account, ...line } of planned)
      printJson({ ...line, account: account?.id ?? null, ref: account?.ref ?? null });
    return;
  }
  printTable(
    ['line', 'given', 'account', 'name', 'access', 'would be'],
    planned.map((one) => planRow(one, access)),
    'The list is empty.',
    { wraps: [3, 5] },
  );
  print(`${countText(planned, access)} Nothing was changed.`);
}

const planRow = ({ line, given, account, status, detail }: PlannedLine, access: DrillAccess) => {
  const then = status === 'waiting' ? access : status;
  const shown = account?.access ?? '';
  return [
    String(line),
    given,
    account?.ref ?? '',
    account?.name ?? '',
    shown,
    detail === '' ? then : `${then}: ${detail}`,
  ];
};

function countText(planned: readonly PlannedLine[], access: DrillAccess): string {
  const of = (status: PlannedLine['status']) => planned.filter((one) => one.status === status).length;
  const parts = [`${of('waiting')} would be ${access}`];
  for (const status of ['already', 'refused', 'unknown'] as const)
    if (of(status) > 0) parts.push(`${of(status)} ${status}`);
  return `${planned.length} lines: ${parts.join(', ')}.`;
}

/** Asks the approvers for exactly this list. */
export async function ask(
  planned: readonly PlannedLine[],
  { reason, by }: Signature,
  { access, json }: Flags,
): Promise<void> {
  const acts = actsOf(planned, access);
  if (acts.length === 0) throw new CommandFailure('refused', 'nobody on the list would be switched off');
  const { readApproversConfig } = await import('../../config-approvers.js');
  const { bulkAsking } = await import('../../wiring-bulk.js');
  const { askInBulk } = await import('../../guard/ask-bulk.js');
  const { drillKind } = await import('../../db/queries/drill-lists.js');
  const config = readApproversConfig(operatorEnvironment());
  const wish = { kind: drillKind, acts, askedBy: by, reason, expiresAt: Date.now() + drillApprovalMs };
  const asked = await withDatabase((db) => askInBulk(bulkAsking(config, db), wish));
  const { request, told, untold } = asked;
  if (json) return printJson({ approval: request.id, count: request.count, told, untold });
  print(
    `Asked for ${request.count} ${request.count === 1 ? 'account' : 'accounts'} to be ${access}: ${request.id}`,
  );
  print(
    told.length > 0
      ? `Told: ${told.join(', ')}.`
      : 'Nobody could be told: it stands in `forbear approvals list`.',
  );
  if (untold.length > 0) print(`Not told: ${untold.join(', ')}.`);
  print(
    `Once \`forbear approvals approve ${request.id}\` was said, run this again with --approval ${request.id}.`,
  );
}

/** Carries out what was approved, and waits for the result. */
export async function carryOut(
  planned: readonly PlannedLine[],
  approval: string,
  { reason, by }: Signature,
  out: string,
  flags: Flags,
): Promise<void> {
  const { startDrill, drillOf } = await import('../../db/queries/drill-lists.js');
  const { access } = flags;
  const started = await withDatabase(async (db) => {
    const before = await drillOf(db, approval);
    if (before !== null)
      throw new CommandFailure(
        'refused',
        `refused: the approval was used; its drill goes on with --follow ${before}`,
      );
    const result = await startDrill(db, planned, { access, approval, by, reason });
    if ('id' in result) return result.id;
    throw new CommandFailure('refused', `refused: ${result.text}`);
  });
  if (!flags.json) print(`Fire drill ${started}: should this be cut short, --follow ${started} goes on.`);
  await follow(started, out, flags);
}

const lookEveryMs = 500;

/** Has a drill go on, waits for its end, and writes the result of every line. */
export async function follow(drill: string, out: string, { json }: Pick<Flags, 'json'>): Promise<void> {
  const { readDrill, readResults } = await import('../../db/queries/drill-lists.js');
  const { startFireDrill } = await import('../../dispatcher/fire-drill.js');
  await withDatabase(async (db) => {
    const known = await readDrill(db, drill);
    if (known === null) throw new CommandFailure('notFound', `no fire drill is "${drill}"`);
    if (known.endedAt === null) await withTemporal((client) => startFireDrill(client, drill));
    const bar = createBar(process.stderr);
    for (;;) {
      const now = await readDrill(db, drill);
      bar.show(now?.counts ?? {}, now?.accessOffAt ?? null);
      if (now?.endedAt !== null) break;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    bar.end();
    const results = await readResults(db, drill);
    writeFileSync(out, resultText(drill, results), { flag: 'wx', mode: 0o600 });
    if (json) results.forEach((one) => printJson({ drill, ...one }));
    else
      print(
        `${countsText((await readDrill(db, drill))?.counts ?? {})}. The result of each line is in ${out}; --undo takes it back.`,
      );
    if (results.some(({ status }) => status === 'failed' || status === 'refused' || status === 'unknown'))
      process.exitCode = exitCodes.failed;
  });
}

/** `12 done, 1 refused`, in the order of the statuses. Pure. */
export function countsText(counts: DrillCounts): string {
  const told = drillRowStatuses.flatMap((status) => {
    const n = counts[status] ?? 0;
    return n === 0 ? [] : [`${n} ${status.replace('_', ' ')}`];
  });
  return told.length === 0 ? 'nothing' : told.join(', ');
}

const barWidth = 30;

/** `[####----] 120 of 500  access off  …`. Pure. */
export function barText(counts: DrillCounts, accessOffAt: Date | null): string {
  const all = drillRowStatuses.map((status) => ({ status, n: counts[status] ?? 0 }));
  const total = all.reduce((sum, { n }) => sum + n, 0);
  const over = all.reduce((sum, { status, n }) => sum + (isUnderWay(status) ? 0 : n), 0);
  const full = total === 0 ? 0 : Math.round((over / total) * barWidth);
  const bar = `${'#'.repeat(full)}${'-'.repeat(barWidth - full)}`;
  const access = accessOffAt === null ? 'taking access' : 'access is off';
  return `[${bar}] ${over} of ${total}  ${access}; ${countsText(counts)}`;
}

function createBar(terminal: NodeJS.WriteStream) {
  const erase = '\r\u001b[2K';
  let last = '';
  return {
    show(counts: DrillCounts, accessOffAt: Date | null): void {
      const text = barText(counts, accessOffAt);
      if (text === last) return;
      last = text;
      terminal.write(terminal.isTTY ? `${erase}${text}` : `${text}\n`);
    },
    end(): void {
      if (terminal.isTTY) terminal.write(erase);
    },
  };
}
