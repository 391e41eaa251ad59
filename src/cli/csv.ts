import { stringify } from 'csv-stringify/sync';

/**
 * Rows as a table for a spreadsheet, with its head, as RFC 4180 has it. Texts come from outside: one that a spreadsheet would
 * take for a formula gets an apostrophe before it.
 */
export function csvTextOf(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, string>>[],
): string {
  return stringify([...rows], {
    header: true,
    columns: [...columns],
    record_delimiter: '\r\n',
    escape_formulas: true,
  });
}
