import { and, eq, sql } from 'drizzle-orm';
import postgres from 'postgres';
import { inbox } from '../../src/db/schema.js';
import { eventually } from './dev-eventually.js';
import type { Life } from './lives.js';
import type { Ways } from './stack.js';

/**
 * A write of a life that waits for as long as its gate is closed: what led to it was done, and is not known to be done.
 * `kept`: the second resource's state, after the first one was locked · `restored`, `deleted`: that it is back or gone ·
 * `notice`: that the mail server took the mail.
 */
export type Place = `${'kept' | 'restored' | 'deleted'} ${string}` | `notice ${string}`;

export type Gates = {
  close(life: Life, place: Place): Promise<void>;
  open(life: Life, place: Place): Promise<void>;
  /** Resolves when somebody waits at the gate. */
  untilHeld(life: Life, place: Place): Promise<void>;
};

/** Gates as rows and triggers in the stack's database, so that a kill of any part leaves them as they are. */
export async function makeGates({ db }: Ways): Promise<Gates> {
  await db.execute(sql.raw(install));
  // As long as it waits, a connection is called so.
  const nameAt = ({ id }: Life, place: Place) => `held ${place} ${id}`.slice(0, 63);
  return {
    async close({ id }, place) {
      await db.execute(sql`insert into gates.closed values (${id}, ${place})`);
    },
    async open({ id }, place) {
      const isOpen = () =>
        db.execute(sql`delete from gates.closed where account = ${id} and place = ${place}`);
      await eventually(`the gate "${place}" is open`, isOpen);
    },
    async untilHeld(life, place) {
      const name = nameAt(life, place);
      const look = async () =>
        (await db.execute(sql`select 1 from pg_stat_activity where application_name = ${name}`)).length > 0;
      await eventually(`${life.name} waits at "${place}"`, look, 120_000);
    },
  };
}

const trigger = (name: string, when: string, table: string, place: string) => `
  create function gates.${name}() returns trigger language plpgsql as $$
    begin perform gates.pass(new.account, ${place}); return new; end $$;
  create trigger gate_${name} before ${when} on ${table} for each row execute function gates.${name}();`;

const install = `
  create schema gates;
  create table gates.closed (account uuid, place text);
  create function gates.pass(who uuid, what text) returns void language plpgsql volatile as $$
    begin
      while exists (select from gates.closed where account = who and place = what) loop
        perform set_config('application_name', left('held ' || what || ' ' || who, 63), true);
        perform pg_sleep(0.05);
      end loop;
    end $$;
  ${trigger('kept', 'insert', 'snapshots', "'kept ' || new.resource")}
  ${trigger('restored', 'update of restored_at', 'snapshots', "'restored ' || new.resource")}
  ${trigger('deleted', 'update of deleted_at', 'deletions', "'deleted ' || new.resource")}
  ${trigger('notice', 'insert', 'notices', "'notice ' || new.topic")}
`;

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
