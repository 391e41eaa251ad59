import { describe, expect, it } from 'vitest';
import { Agenda } from '../../src/stripe-fake/agenda.js';
import { periodStart } from '../../src/stripe-fake/billing/calendar.js';
import { Form } from '../../src/stripe-fake/http/form.js';

const seconds = (iso: string): number => Date.parse(iso) / 1_000;
const every = (interval: 'day' | 'week' | 'month' | 'year') =>
  ({ interval, interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' }) as const;

describe('periods', () => {
  it('keep the 31st through shorter months', () => {
    const anchor = seconds('2026-01-31T10:00:00Z');
    const starts = [1, 2, 3].map((count) => periodStart(anchor, every('month'), count));
    expect(starts).toEqual(
      ['2026-02-28T10:00:00Z', '2026-03-31T10:00:00Z', '2026-04-30T10:00:00Z'].map(seconds),
    );
  });

  it('take a leap day to the 28th a year later', () => {
    expect(periodStart(seconds('2028-02-29T00:00:01Z'), every('year'), 1)).toBe(
      seconds('2029-02-28T00:00:01Z'),
    );
  });
});

describe('the agenda', () => {
  it('gives up what is due, earliest first, and keeps the rest', () => {
    const agenda = new Agenda();
    const times = [50, 10, 40, 20, 30, 60, 10];
    times.forEach((at, index) => {
      agenda.put({ id: `o${index}`, at });
    });
    const taken: number[] = [];
    for (let due = agenda.takeDueBy(50); due; due = agenda.takeDueBy(50)) taken.push(due.at);
    expect(taken).toEqual([10, 10, 20, 30, 40, 50]);
    expect(agenda.takeDueBy(60)?.at).toBe(60);
  });
});

describe('form parameters', () => {
  it('nest by brackets, with arrays and maps', () => {
    const form = Form.parse(
      'items[0][price]=p1&items[1][price]=p2&expand[]=a&expand[]=b&metadata[k]=v&flag=true',
    );
    expect(form.children('items').map((item) => item.required('price'))).toEqual(['p1', 'p2']);
    expect(form.texts('expand')).toEqual(['a', 'b']);
    expect(form.metadata({ old: 'x' })).toEqual({ old: 'x', k: 'v' });
    expect(form.flag('flag')).toBe(true);
  });

  it('never reach the prototype of an object', () => {
    const form = Form.parse('__proto__[polluted]=1&a[__proto__][polluted]=1');
    expect(form.has('__proto__')).toBe(true);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it('name the parameter that is wrong', () => {
    expect(() => Form.parse('a[b]=x').child('a').integer('b')).toThrow('Invalid integer: x');
    expect(() => Form.parse('a[b]=x').child('a').allow('c')).toThrow('a[b]');
  });
});
