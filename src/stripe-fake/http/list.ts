import { invalid } from '../failure.js';
import type { List } from '../state/stored.js';
import type { Table } from '../state/table.js';
import type { Form } from './form.js';

/** The parameters that every list takes. */
export const PAGING = ['limit', 'starting_after', 'ending_before'] as const;

interface Query<T> {
  url: string;
  customer?: string | undefined;
  where?: (row: T) => boolean;
}

/**
 * One page of a table, newest first. A cursor that isn't in the list is an error, so that a reader never takes the
 * whole list for the rest of it.
 */
export function listPage<T extends { id: string }>(table: Table<T>, form: Form, query: Query<T>): List<T> {
  const limit = form.integer('limit') ?? 10;
  if (limit < 1 || limit > 100) {
    throw invalid('This value must be between 1 and 100 (inclusive).', { param: 'limit' });
  }
  const rows = table.all(query.customer);
  const wanted = query.where ?? (() => true);
  const position = (key: 'starting_after' | 'ending_before'): number | undefined => {
    const id = form.text(key);
    if (id === undefined) return undefined;
    const index = rows.findIndex((row) => row.id === id);
    if (index < 0) throw invalid(`No such object: '${id}'`, { code: 'resource_missing', param: key });
    return index;
  };
  const after = position('starting_after');
  const before = position('ending_before');
  const found: T[] = [];
  if (before !== undefined) {
    for (let index = before + 1; index < rows.length && found.length <= limit; index += 1) {
      const row = rows[index];
      if (row && wanted(row)) found.push(row);
    }
    return {
      object: 'list',
      data: found.slice(0, limit).toReversed(),
      has_more: found.length > limit,
      url: query.url,
    };
  }
  for (let index = (after ?? rows.length) - 1; index >= 0 && found.length <= limit; index -= 1) {
    const row = rows[index];
    if (row && wanted(row)) found.push(row);
  }
  return { object: 'list', data: found.slice(0, limit), has_more: found.length > limit, url: query.url };
}

/** A filter on a timestamp: `created=…` or `created[gte]=…`, seconds. */
export function within(form: Form, key: string): (value: number | null) => boolean {
  if (!form.has(key)) return () => true;
  const range = form.child(key).allow('gt', 'gte', 'lt', 'lte');
  const bounds = ['gt', 'gte', 'lt', 'lte'].some((name) => range.has(name));
  const exact = bounds ? undefined : form.integer(key);
  const gt = range.integer('gt');
  const gte = range.integer('gte');
  const lt = range.integer('lt');
  const lte = range.integer('lte');
  return (value) =>
    value !== null &&
    (exact === undefined || value === exact) &&
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte);
}
