import { sql } from 'drizzle-orm';
import type { Exemption } from '../../domain/case-file.js';
import type { DrillAccess } from '../../domain/drill.js';
import { accessUnder, impose, type Restriction } from '../../domain/restrictions.js';
import { whyNot } from '../../drill/spare.js';
import type { Executor } from '../client.js';
import { readClock } from './ledger.js';

type About = {
  readonly access: DrillAccess;
  readonly startedBy: string;
  readonly reason: string;
};
type Named = { readonly line: number; readonly account: string };
type Locked = {
  readonly account: string;
  readonly restrictions: readonly Restriction[];
  readonly exemption: Exemption | null;
};

export type TakenFromMany = {
  readonly now: Date;
  readonly taken: readonly (Named & { readonly restrictions: readonly Restriction[] })[];
  readonly refused: readonly (Named & { readonly why: string })[];
};

/**
 * Imposes the drill's restriction on the access of many accounts at once, in three statements; what runs is left alone. Who
 * is exempt or restricted by hand is left out, with the reason.
 */
export async function takeFromMany(
  tx: Executor,
  about: About,
  lines: readonly Named[],
): Promise<TakenFromMany> {
  const rows = await lockAll(tx, lines);
  const now = await readClock(tx);
  const known = new Map(rows.map((one) => [one.account, one]));
  const judged = lines.map((line) => ({ line, why: whyNot(known.get(line.account), now.getTime()) }));
  const taken = judged.flatMap(({ line, why }) => {
    if (why !== null) return [];
    const before = known.get(line.account)?.restrictions ?? [];
    return [{ ...line, restrictions: impose(before, restrictionOf(about, now.getTime())) }];
  });
  await write(tx, taken, now);
  const refused = judged.flatMap(({ line, why }) => (why === null ? [] : [{ ...line, why }]));
  return { now, taken, refused };
}

const restrictionOf = ({ access, startedBy, reason }: About, since: number): Restriction => ({
  reason: 'manual',
  access: access === 'revoked' ? 'revoked_pending' : access,
  owner: startedBy,
  evidence: reason,
  since,
  accessOnly: true,
});

async function lockAll(tx: Executor, lines: readonly Named[]): Promise<readonly Locked[]> {
  const ids = JSON.stringify(lines.map(({ account }) => account));
  await tx.execute(sql`
    insert into access (account) select value::uuid from json_array_elements_text(${ids}::json) order by value
    on conflict do nothing`);
  return tx.execute<Locked>(sql`
    select account, restrictions, exemption from access
    where account in (select value::uuid from json_array_elements_text(${ids}::json))
    order by account for update`);
}

async function write(tx: Executor, taken: TakenFromMany['taken'], now: Date): Promise<void> {
  if (taken.length === 0) return;
  const rows = taken.map(({ account, restrictions }) => ({
    account,
    restrictions,
    left: accessUnder(restrictions),
  }));
  await tx.execute(sql`
    update access a set restrictions = t.restrictions, access = t."left", version = a.version + 1,
      changed_at = ${now.toISOString()}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json) as t (account uuid, restrictions jsonb, "left" text)
    where a.account = t.account`);
}
