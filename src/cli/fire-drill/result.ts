import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { DrillResult } from '../../db/queries/drill-lists.js';
import { drillRowStatuses } from '../../domain/drill.js';
import { csvTextOf } from '../csv.js';
import { CommandFailure } from '../output.js';

const columns = ['drill', 'line', 'given', 'account', 'ref', 'result', 'detail', 'at'] as const;

/** The result of a drill as a table: a line for each line of its list. */
export function resultText(drill: string, results: readonly DrillResult[]): string {
  const rows = results.map(({ line, given, account, ref, status, detail, changedAt }) => ({
    drill,
    line: String(line),
    given,
    account: account ?? '',
    ref: ref ?? '',
    result: status,
    detail,
    at: changedAt.toISOString(),
  }));
  return csvTextOf(columns, rows);
}

const rowShape = z.object({
  drill: z.uuid(),
  line: z.coerce.number().int().positive(),
  account: z.union([z.uuid(), z.literal('')]),
  result: z.enum(drillRowStatuses),
});
export type ResultRow = z.infer<typeof rowShape>;

/** Reads such a table back, whole, before anything is undone; ends the command when it is none, or of two drills. */
export function readResult(bytes: Uint8Array, file: string): readonly ResultRow[] {
  const wrong = (says: string) => new CommandFailure('usage', `${file}: ${says}`);
  const rows = z.array(rowShape).safeParse(recordsOf(bytes, wrong));
  if (!rows.success)
    throw wrong('is no result of a fire drill: it has the columns drill, line, account and result');
  const drills = new Set(rows.data.map(({ drill }) => drill));
  if (drills.size !== 1) throw wrong(`has lines of ${drills.size} drills: give the result of one`);
  return rows.data;
}

function recordsOf(bytes: Uint8Array, wrong: (says: string) => CommandFailure): unknown {
  try {
    return parse(Buffer.from(bytes), { bom: true, columns: true, skip_empty_lines: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw wrong(`is no CSV: ${error.message}`);
  }
}
