import { and, eq, sql } from 'drizzle-orm';
import postgres from 'postgres';
import { inbox } from '../../src/db/schema.js';
import type { Step } from '../../src/domain/effect.js';
import { eventually } from './dev-eventually.js';
import { gatesInstall } from './kill-gates-install.js';
import { patienceMs } from './kill-lives.js';
import type { Life } from './lives.js';
import type { Ways } from './stack.js';

/**
 * How far an act has come when it waits. `before the call`: it is claimed, its intent is committed, and nothing was called ·
 * `after the call`: it has called, and what it called is not written down · `before the outcome`: all of its own is written,
 * and the audit log does not have its outcome.
 */
export const moments = ['before the call', 'after the call', 'before the outcome'] as const;
export type Moment = (typeof moments)[number];

/** Where an act of a life waits for as long as its gate is closed. */
export type Gate = { readonly life: Life; readonly step: Step; readonly moment: Moment };

export type Gates = {
  close(gate: Gate): Promise<void>;
  open(gate: Gate): Promise<void>;
  /** Resolves when somebody waits at the gate. */
  untilHeld(gate: Gate): Promise<void>;
};

/** Gates as rows in the stack's database, so that a kill of any part leaves them as they are. */
export async function makeGates({ db }: Ways): Promise<Gates> {
  await db.execute(sql.raw(gatesInstall));
  return {
    async close({ life, step, moment }) {
      await db.execute(sql`insert into gates.closed values (${life.id}, ${step}, ${moment})`);
    },
    async open({ life, step, moment }) {
      const isOpen = () =>
        db.execute(
          sql`delete from gates.closed where account = ${life.id} and step = ${step} and moment = ${moment}`,
        );
      await eventually(`${life.name} may go on ${moment} of its ${step}`, isOpen);
    },
    async untilHeld({ life, step, moment }) {
      const held = sql`gates.name_at(${life.id}, ${step}, ${moment})`;
      const look = async () =>
        (await db.execute(sql`select 1 from pg_stat_activity where application_name = ${held}`)).length > 0;
      await eventually(`${life.name} waits ${moment} of its ${step}`, look, patienceMs);
    },
  };
}

/** From now on no event finds its account: it is committed and acknowledged, claimed, and not dispatched. */
export async function stopDispatch({ at }: Ways): Promise<() => Promise<void>> {
  const holder = postgres(at.postgres, { max: 1, onnotice: () => undefined });
  await holder.unsafe('begin; lock table account_customers in access exclusive mode');
  // With the database killed, the lock is gone by itself.
  return () => holder.end({ timeout: 1 });
}

/** Waits for the event that an invoice is overdue to be committed, undispatched. */
export async function untilCommitted({ db }: Ways, { customer, name }: Life): Promise<void> {
  const overdue = and(eq(inbox.customer, customer), eq(inbox.type, 'invoice.overdue'));
  await eventually(`${name}'s overdue invoice is told`, async () => {
    const [row] = await db.select().from(inbox).where(overdue);
    return row?.state === 'pending';
  });
}
