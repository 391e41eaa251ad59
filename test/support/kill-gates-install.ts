type Trigger = {
  readonly name: string;
  readonly event: string;
  readonly table: string;
  /** Of the new row. */
  readonly when: string;
  readonly step: string;
  readonly moment: string;
};

const trigger = ({ name, event, table, when, step, moment }: Trigger) => `
  create function gates.${name}() returns trigger language plpgsql as $$
    begin perform gates.pass(new.account, ${step}, '${moment}'); return new; end $$;
  create trigger gate_${name} before ${event} on ${table} for each row when (${when}) execute function gates.${name}();`;

const underWay = 'gates.step_of(new.account)';

/** The first write of an act after it has called. */
const afterTheCall = [
  // Of what is only said: that it was said. The mail server has taken the mail.
  {
    name: 'said',
    event: 'update of settled_at',
    table: 'effects',
    when: `new.step in ('remind', 'ask', 'close')`,
    step: 'new.step',
  },
  // The second resource's state: the first one is locked, and off when it is paused.
  { name: 'taken', event: 'insert', table: 'snapshots', when: `new.resource = 'jobs'`, step: underWay },
  {
    name: 'given_back',
    event: 'update of restored_at',
    table: 'snapshots',
    when: `new.resource = 'jobs'`,
    step: underWay,
  },
  {
    name: 'deleted',
    event: 'update of deleted_at',
    table: 'deletions',
    when: `new.resource = 'jobs'`,
    step: underWay,
  },
].map((place) => trigger({ ...place, moment: 'after the call' }));

// The effect's own row is settled in the same transaction, and what it did to the world is written down long since.
const beforeTheOutcome = trigger({
  name: 'outcome',
  event: 'insert',
  table: 'audit_log',
  when: `new.kind = 'outcome'`,
  step: `split_part(new.effect, '/', 3)`,
  moment: 'before the outcome',
});

// Between its claim and its first call an act writes nothing, but it looks at its fence: a view in the table's place has
// that look wait. The question to an approver has no fence; it keeps the code that its mail will say.
const beforeTheCall = `
  create function gates.may_look(who uuid) returns boolean language plpgsql volatile as $$
    begin
      if current_query() like 'select "fence" from "access"%' then
        perform gates.pass(who, gates.step_of(who), 'before the call');
      end if;
      return true;
    end $$;
  alter table access rename to access_itself;
  create view access as select * from access_itself where gates.may_look(account);
  ${trigger({ name: 'asked', event: 'update of code_hash', table: 'approvals', when: 'true', step: `'ask'`, moment: 'before the call' })}
`;

/** Makes the gates, all of them open. */
export const gatesInstall = `
  create schema gates;
  create table gates.closed (account uuid, step text, moment text);
  -- As long as it waits, a connection is called so; a name has 63 letters at most.
  create function gates.name_at(who uuid, act text, held text) returns text language sql immutable as $$
    select left(who || ' ' || act || ' ' || held, 63) $$;
  create function gates.step_of(who uuid) returns text language sql volatile as $$
    select step from effects where account = who and settled_at is null order by fence desc limit 1 $$;
  create function gates.pass(who uuid, act text, held text) returns void language plpgsql volatile as $$
    begin
      while exists (select from gates.closed where account = who and step = act and moment = held) loop
        perform set_config('application_name', gates.name_at(who, act, held), true);
        perform pg_sleep(0.05);
      end loop;
    end $$;
  ${beforeTheCall}
  ${afterTheCall.join('\n')}
  ${beforeTheOutcome}
`;
