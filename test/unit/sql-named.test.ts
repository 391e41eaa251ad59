import { describe, expect, it } from 'vitest';
import { namedIn } from '../../src/adapters/sql/named.js';
import { statementsShape } from '../../src/adapters/sql/statements.js';

describe('the named parameters of a statement', () => {
  it.each([
    ['select 1', 'select 1', []],
    ['where ref = :ref and id = :id', 'where ref = $1 and id = $2', ['ref', 'id']],
    [':ref, :id, :ref', '$1, $2, $1', ['ref', 'id']],
    ['(:state::jsonb ->> $$:id$$)::int', '($1::jsonb ->> $$:id$$)::int', ['state']],
    [`':ref' || ":ref" || 'it''s :ref' || :ref`, `':ref' || ":ref" || 'it''s :ref' || $1`, ['ref']],
    ['-- :ref\nselect /* :ref\n:id */ :id', '-- :ref\nselect /* :ref\n:id */ $1', ['id']],
    ['$tag$ :ref $$ :id $tag$ :ref', '$tag$ :ref $$ :id $tag$ $1', ['ref']],
    ["a[1:2], '10:30', x::text", "a[1:2], '10:30', x::text", []],
  ])('%s', (statement, text, names) => {
    expect(namedIn(statement)).toEqual({ text, names });
  });
});

describe('the statements of forbear.yaml', () => {
  const change = 'update t set x = 1 where id = :id and version = :version';
  const right = { read: 'select :ref', suspend: change, lift: change, lock: change, unlock: change };
  const problemsOf = (statements: object) => {
    const parsed = statementsShape.safeParse(statements);
    return parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
  };

  it('are taken when each goes by what it may know', () => {
    expect(problemsOf(right)).toEqual([]);
    expect(problemsOf({ ...right, lift: `${change} and :state::jsonb is not null and :fence > 0` })).toEqual(
      [],
    );
  });

  it.each([
    [{ read: 'select * from t' }, 'read names nobody: it has to go by :account or :ref'],
    [{ suspend: 'update t set x = 1' }, 'suspend names nobody: it has to go by :id'],
    [{ lock: 'update t set x = 1 where id = :id' }, 'lock has to compare the version: :version'],
    [{ unlock: `${change} and y = :state` }, 'unlock knows no :state'],
    [{ read: 'select :ref, :password' }, 'read knows no :password'],
    [{ lift: ' ' }, 'lift is empty'],
    [{ drop: 'drop table t' }, 'drop'],
  ])('%o is refused with a sentence', (changes, says) => {
    expect(problemsOf({ ...right, ...changes }).join('\n')).toContain(says);
  });
});
