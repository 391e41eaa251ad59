import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.js';
import type { AlertChannel } from '../../src/ports/alerts.js';
import { afterTelling, channelsToTell, newsOf, type KeptAlert } from '../../src/watch/telling.js';

const began = Date.UTC(2026, 10, 30, 9);
const fresh: KeptAlert = {
  key: 'wrong_secret',
  severity: 'page',
  title: 'Deliveries carry another secret',
  text: '12 deliveries were refused.',
  remedy: 'Set the secret of the endpoint.',
  since: new Date(began),
  resolvedAt: null,
  toldBegin: [],
  toldEnd: [],
  toldAt: null,
};
const alert = (changes: Partial<KeptAlert>): KeptAlert => ({ ...fresh, ...changes });
const channel = (name: string, atLeast: AlertChannel['atLeast'] = 'warning'): AlertChannel => ({
  name,
  atLeast,
  tell: () => Promise.reject(new Error('nobody is told by a decision')),
});
const channels = [channel('log'), channel('team'), channel('oncall', 'page')];
const all = ['log', 'team', 'oncall'];
const told = (changes: Partial<KeptAlert>, now = began + MINUTE_MS) =>
  channelsToTell(alert(changes), channels, now).map(({ name }) => name);
const since = (ms: number) => new Date(began + ms);

describe('who is to be told of an alert', () => {
  it.each<[string, Partial<KeptAlert>, readonly string[]]>([
    ['a page that begins: everybody', {}, all],
    ['a warning that begins: who hears of warnings', { severity: 'warning' }, ['log', 'team']],
    [
      'one that a channel did not take: that one',
      { toldBegin: ['log', 'team'], toldAt: since(0) },
      ['oncall'],
    ],
    ['one that everybody took: nobody', { toldBegin: all, toldAt: since(0) }, []],
    ['one that is over: everybody', { toldBegin: all, resolvedAt: since(1) }, all],
    [
      'one that is over before a channel heard of it: the others',
      { toldBegin: ['log'], resolvedAt: since(1) },
      ['log'],
    ],
    [
      'one of whose end a channel did not hear: that one',
      { toldBegin: all, toldEnd: ['log', 'team'], resolvedAt: since(1) },
      ['oncall'],
    ],
    ['one of whose end everybody heard: nobody', { toldBegin: all, toldEnd: all, resolvedAt: since(1) }, []],
    [
      'one that was told to a channel that is gone: nobody',
      { toldBegin: ['gone'], resolvedAt: since(1) },
      [],
    ],
  ])('%s', (_, changes, names) => {
    expect(told(changes)).toEqual(names);
  });

  it('of a page that lasts, everybody again every six hours', () => {
    const kept = { toldBegin: all, toldAt: since(HOUR_MS) };
    expect(told(kept, began + 7 * HOUR_MS - 1)).toEqual([]);
    expect(told(kept, began + 7 * HOUR_MS)).toEqual(all);
    expect(told({ ...kept, severity: 'warning' }, began + 99 * HOUR_MS)).toEqual([]);
    expect(told({ ...kept, resolvedAt: since(1), toldEnd: all }, began + 99 * HOUR_MS)).toEqual([]);
  });

  it('of the end of what was a page, also who hears of pages alone', () => {
    const over = { severity: 'warning', toldBegin: ['oncall'], resolvedAt: since(1) } as const;
    expect(told(over)).toEqual(['oncall']);
  });
});

describe('after telling', () => {
  const after = (changes: Partial<KeptAlert>, took: readonly string[], now: number) =>
    afterTelling(alert(changes), took, now);

  it('who took the beginning or the end is kept, each once', () => {
    expect(after({}, ['log', 'team'], began)).toEqual({
      toldBegin: ['log', 'team'],
      toldEnd: [],
      toldAt: new Date(began),
    });
    const over = { toldBegin: all, toldEnd: ['log'], toldAt: since(0), resolvedAt: since(1) };
    expect(after(over, ['team'], began + HOUR_MS)).toEqual({
      toldBegin: all,
      toldEnd: ['log', 'team'],
      toldAt: new Date(began),
    });
    expect(after({ toldBegin: all, toldAt: since(0) }, all, began + 6 * HOUR_MS).toldBegin).toEqual(all);
  });

  it('the next reminder counts from the last one, and no late beginning moves it', () => {
    const begun = { toldBegin: ['log'], toldAt: since(0) };
    expect(after(begun, ['team'], began + HOUR_MS).toldAt).toEqual(since(0));
    expect(after(begun, ['log'], began + 6 * HOUR_MS).toldAt).toEqual(since(6 * HOUR_MS));
  });

  it('nothing is told when nobody took it', () => {
    expect(after({}, [], began)).toEqual({ toldBegin: [], toldEnd: [], toldAt: null });
  });
});

describe('the news', () => {
  const idOf = (changes: Partial<KeptAlert>, now: number) => newsOf(alert(changes), now).id;

  it('of a beginning that is tried again are the same, of a reminder and of the end others', () => {
    const first = idOf({}, began);
    expect(idOf({}, began + 5 * MINUTE_MS)).toBe(first);
    const ids = [
      first,
      idOf({}, began + 6 * HOUR_MS),
      idOf({}, began + 12 * HOUR_MS),
      idOf({ severity: 'warning' }, began),
      idOf({ resolvedAt: since(HOUR_MS) }, began + HOUR_MS),
      idOf({ key: 'silence' }, began),
      idOf({ since: since(1) }, began + 1),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(idOf({ resolvedAt: since(HOUR_MS) }, began + 9 * HOUR_MS)).toBe(ids[4]);
  });

  it('are known until now while it lasts, and until its end afterwards', () => {
    expect(newsOf(fresh, began + HOUR_MS)).toMatchObject({
      state: 'firing',
      since: began,
      at: began + HOUR_MS,
    });
    const over = alert({ resolvedAt: since(HOUR_MS) });
    expect(newsOf(over, began + 9 * HOUR_MS)).toMatchObject({ state: 'resolved', at: began + HOUR_MS });
  });

  it('have an id that can stand in a header, whatever their key holds', () => {
    expect(idOf({ key: 'endpoint_failing:we_1\r\n<x>' }, began)).toMatch(/^[\w-]+$/);
  });
});
