import { describe, expect, it } from 'vitest';
import { complaintsAbout, type Expectation } from '../../src/demo/expectation.js';
import { nothingSeen, type InstanceSeen, type Scene } from '../../src/demo/scene.js';
import { createScreen } from '../../src/demo/screen.js';
import { tableLines } from '../../src/demo/table.js';

const sizes = [
  { id: 'web', size: 3 },
  { id: 'worker', size: 2 },
];
const running = (over: Partial<InstanceSeen> = {}): InstanceSeen[] =>
  sizes.map((size) => ({ ...size, locked: false, draining: false, serving: true, ...over }));
const off = running({ size: 0, locked: true, serving: false });
const scene = (over: Partial<Scene>): Scene => ({ ...nothingSeen, instances: running(), ...over });

const expected: Expectation = {
  stage: 'recovered',
  mails: { reminder: [1, 2], paused: [1, 1] },
  paused: 'whole',
};
const paused = scene({
  stage: 'paused',
  access: 'suspended',
  instances: off,
  toldPauseAt: [1_000],
  pausedAt: 1_000,
});
const end = scene({
  stage: 'recovered',
  topics: ['reminder', 'paused'],
  toldPauseAt: [1_000],
  pausedAt: 1_000,
});

describe('the verdict of the demo', () => {
  it('is good when everything is as expected', () => {
    expect(complaintsAbout([paused, end], sizes, expected)).toEqual([]);
  });

  it.each<[string, Partial<Scene>, string]>([
    ['another stage', { stage: 'paused' }, 'it ended paused, not recovered'],
    ['access that was not given back', { access: 'suspended' }, 'its access is suspended'],
    ['another size', { instances: running({ size: 1 }) }, 'its instances are not what they were'],
    [
      'a lock that was left',
      { instances: running({ locked: true }) },
      'its instances are not what they were',
    ],
    [
      'an instance that is missing',
      { instances: running().slice(1) },
      'its instances are not what they were',
    ],
    ['a mail too few', { topics: ['reminder'] }, '0 mails "paused" instead of 1'],
    ['a mail nobody expects', { topics: ['reminder', 'paused', 'moved'] }, '1 mails "moved" instead of 0'],
    ['a pause before its date', { toldPauseAt: [1_001] }, 'it was paused earlier than it was told'],
    ['a pause that nobody was told of', { toldPauseAt: [] }, 'it was paused earlier than it was told'],
  ])('names %s', (_, over, complaint) => {
    expect(complaintsAbout([paused, { ...end, ...over }], sizes, expected)).toContain(complaint);
  });

  it('tells a pause that was undone half-way from a whole one', () => {
    expect(complaintsAbout([end], sizes, expected)).toEqual(['its pause was undone half-way, not whole']);
    expect(complaintsAbout([paused, end], sizes, { ...expected, paused: 'undone half-way' })).toEqual([
      'its pause was whole, not undone half-way',
    ]);
  });

  it('wants a later date where grace was extended', () => {
    expect(complaintsAbout([paused, end], sizes, { ...expected, moved: true })).toEqual([
      'no later pause date was told',
    ]);
  });
});

describe('the screen of the demo', () => {
  const rows = [{ name: 'Acme', title: 'pays', scene: scene({ stage: 'reminded', owed: '49.00 USD' }) }];
  const shown = (isTTY: boolean, columns = 120) => {
    let text = '';
    const screen = createScreen({ write: (more) => (text += more), isTTY, columns });
    screen.draw(rows, rows);
    screen.say('a line');
    screen.draw(rows, []);
    return text;
  };

  it('prints one line a change when it is no terminal', () => {
    expect(shown(false)).toMatch(
      /^ +\d\.\d s {2}Acme +healthy → reminded, owes 49\.00 USD, web 3 · worker 2\na line\n$/,
    );
  });

  it('redraws in place on a terminal, and never wider than it', () => {
    const text = shown(true, 30);
    expect(text).toContain('\u001b[3A\u001b[0J');
    const lines = text.replace(/\u001b\[[0-9]*[A-Za-z]/g, '').split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30);
  });

  const rowOf = (over: Partial<Scene>) =>
    tableLines([{ name: 'Acme', title: 'pays', scene: scene({ owed: '49.00 USD', ...over }) }], 0, 200)[1];
  const withUsual = (instances: InstanceSeen[]) =>
    instances.map((i, at) => ({ ...i, usualSize: sizes[at]?.size ?? 0 }));

  it('says what a paused account waits for, and what it ran before', () => {
    expect(rowOf({ stage: 'paused', instances: withUsual(off) })).toMatch(
      / paused +49\.00 USD +until paid +web 3→0 locked · worker 2→0 locked /,
    );
  });

  it('calls a pause that is under way one, until the debt is paid', () => {
    const draining = withUsual(running({ draining: true, serving: false }));
    expect(rowOf({ stage: 'reminded', instances: draining })).toMatch(/ pausing .*web 3 draining/);
    expect(rowOf({ stage: 'reminded', instances: draining, owed: 'nothing' })).toMatch(/ reminded /);
  });

  it('sets what somebody does in a story off from the rest', () => {
    let text = '';
    createScreen({ write: (more) => (text += more), isTTY: true }).tell('Acme pays');
    createScreen({ write: (more) => (text += more) }).tell('Acme pays');
    expect(text).toMatch(/^ {2}Acme pays\n +0\.0 s {2}Acme pays\n$/);
  });
});
