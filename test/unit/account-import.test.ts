import { describe, expect, it } from 'vitest';
import { readMapping } from '../../src/cli/account/import.js';
import { toImportLine, type Mapping } from '../../src/cli/account/lines.js';
import { tagsOf } from '../../src/cli/account/tag.js';
import { debtContacts, type ContactRole } from '../../src/domain/contact.js';
import { countryCodes } from '../../src/domain/countries.js';
import { grantState } from '../../src/domain/grant.js';

const lineOf = (values: Record<string, unknown>, mapping: Mapping = {}) =>
  toImportLine({ line: 7, values }, mapping);

describe('a line of a file', () => {
  it('says of an account what it holds, and nothing of the rest', () => {
    expect(lineOf({ ref: ' acme ', name: 'Acme', colour: 'gold' })).toEqual({
      line: 7,
      ref: 'acme',
      patch: { name: 'Acme' },
    });
  });

  it.each(['cus_b cus_a', 'cus_a;cus_b', 'cus_a, cus_b,cus_a', ['cus_b', 'cus_a']])(
    'reads %j as a list, in one order, each once',
    (customers) => {
      expect(lineOf({ ref: 'acme', customers })).toMatchObject({ patch: { customers: ['cus_a', 'cus_b'] } });
    },
  );

  it('takes away what is null, and empties a list', () => {
    const patch = { language: null, tags: [], contacts: { owner: [] } };
    expect(lineOf({ ref: 'acme', language: null, tags: null, owner_email: [] })).toMatchObject({ patch });
  });

  it('takes a number for a ref, and a name of the file’s own', () => {
    expect(lineOf({ id: 42 }, { ref: 'id' })).toMatchObject({ ref: '42' });
    expect(lineOf({ metadata: { id: 'x' } }, { ref: 'metadata.id' })).toMatchObject({ ref: 'x' });
    expect(lineOf({ 'metadata.id': 'y' }, { ref: 'metadata.id' })).toMatchObject({ ref: 'y' });
  });

  it('tells everything that is wrong with it at once', () => {
    const wrong = lineOf({
      country: 'UK',
      time_zone: '+02:00',
      tags: ['a', 7],
      since: '1.3.2024',
      name: 'A\nB',
    });
    const says = 'says' in wrong ? wrong.says : '';
    for (const part of [
      'country "UK" is no country',
      'time_zone "+02:00" is no time zone',
      'tags "7" is no text',
      'since "1.3.2024" is no date',
      'name "A\nB" is no name',
      'has no ref',
    ])
      expect(says).toContain(part);
  });

  it.each(['constructor', '__proto__', 'toString'])('has no %s by being an object', (name) => {
    expect(lineOf({}, { ref: name })).toMatchObject({
      says: expect.stringContaining('has no ref') as string,
    });
  });

  it('refuses a mapping that names no field or no name', () => {
    expect(readMapping(['ref=a=b', 'tags=Labels'])).toEqual({ ref: 'a=b', tags: 'Labels' });
    for (const word of ['ref', 'ref=', '=x', 'colour=x'])
      expect(() => readMapping([word])).toThrow(/FIELD=NAME/);
  });
});

describe('tags on the command line', () => {
  it('are added with + and taken away with -', () => {
    expect(tagsOf(['+vip', '-trial', '+a.b'])).toEqual({ add: ['vip', 'a.b'], remove: ['trial'] });
  });

  it.each([[['vip']], [['+vip', '-vip']], [['+VIP']], [['--until']], [['+']]])(
    'are refused as %j',
    (words) => {
      expect(() => tagsOf(words)).toThrow();
    },
  );
});

describe('the contacts of an account', () => {
  const of = (role: ContactRole, email: string) => ({ role, email, name: null });
  it('are told of debts when they are for billing, else as owners, else not at all', () => {
    const [tech, owner, pay] = [of('technical', 't@x'), of('owner', 'o@x'), of('billing', 'p@x')];
    expect(debtContacts([tech, owner, pay])).toEqual(['p@x']);
    expect(debtContacts([tech, owner])).toEqual(['o@x']);
    expect(debtContacts([tech, of('other', 'z@x')])).toEqual([]);
  });
});

describe('DR-8 a grant', () => {
  const grant = {
    ...({ id: '1', kind: 'free', by: 'Sam', reason: 'x', from: 10 } as const),
    ...{ until: 20, endedAt: null, endedBy: null },
  };
  it('stands until its end, or until a person ends it', () => {
    expect([10, 19, 20].map((now) => grantState(grant, now))).toEqual(['standing', 'standing', 'expired']);
    expect(grantState({ ...grant, until: null }, 1e15)).toBe('standing');
    expect(grantState({ ...grant, endedAt: 12, endedBy: 'Kim' }, 12)).toBe('ended');
  });
});

it('knows the 249 countries of ISO 3166-1', () => {
  expect(countryCodes.size).toBe(249);
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  expect([...countryCodes].filter((code) => names.of(code) === undefined)).toEqual([]);
});
