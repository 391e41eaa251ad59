import { describe, expect, it } from 'vitest';
import { createGate, type Gate } from '../../src/http/webhooks/gate.js';

const stranger = '198.51.100.7';
const proxy = '10.0.0.1';
const start = Date.parse('2026-11-30T12:00:00Z');
const unlucky = 0.99;

/** So many forged deliveries from an address within a second; says how many of them were looked at. */
function flood(gate: Gate, address: string, count: number, at: number, dice = () => unlucky): number {
  let lookedAt = 0;
  for (let n = 0; n < count; n += 1) {
    const now = at + Math.floor((n * 1_000) / count);
    if (!gate.admits(address, now, dice())) continue;
    lookedAt += 1;
    gate.noteRefusal(address, now);
  }
  return lookedAt;
}

describe('the gate before the signature check', () => {
  it('limits a flood of forged deliveries from one address, and nobody else', () => {
    const gate = createGate();
    expect(flood(gate, stranger, 10_000, start)).toBe(300);
    expect(gate.admits('198.51.100.8', start + 1_000, unlucky)).toBe(true);
  });

  it('looks at an address again when its ten seconds are over', () => {
    const gate = createGate();
    flood(gate, stranger, 1_000, start);
    expect(gate.admits(stranger, start + 9_999, unlucky)).toBe(false);
    expect(gate.admits(stranger, start + 10_000, unlucky)).toBe(true);
  });

  it('never limits an address from which something genuine came within the hour, whatever else comes from it', () => {
    const gate = createGate();
    gate.noteAcceptance(proxy, start);
    for (let minute = 0; minute < 60; minute += 1) {
      const at = start + minute * 60_000;
      expect(flood(gate, proxy, 1_000, at)).toBe(1_000);
    }
    // An hour without anything genuine later it is an address like any other.
    expect(flood(gate, proxy, 1_000, start + 3_600_000)).toBeLessThanOrEqual(300);
  });

  it('trusts on for as long as genuine deliveries come', () => {
    const gate = createGate();
    for (let minute = 0; minute <= 180; minute += 1) gate.noteAcceptance(proxy, start + minute * 60_000);
    expect(flood(gate, proxy, 1_000, start + 200 * 60_000)).toBe(1_000);
  });

  it('lets a genuine delivery through soon behind one proxy that a flood has shut: one try in twenty', () => {
    // Evenly spread dice, as fair ones are in the long run.
    let thrown = 0;
    const dice = () => (thrown++ % 100) / 100;
    const gate = createGate();
    flood(gate, proxy, 5_000, start);
    const tries = Array.from({ length: 100 }, () => gate.admits(proxy, start + 2_000, dice()));
    expect(tries.filter(Boolean)).toHaveLength(5);
    gate.noteAcceptance(proxy, start + 2_000);
    expect(gate.admits(proxy, start + 2_001, unlucky)).toBe(true);
  });

  it('remembers a bounded number of addresses, and forgets the ones that were quiet the longest', () => {
    const gate = createGate();
    flood(gate, stranger, 1_000, start);
    expect(gate.admits(stranger, start + 1_000, unlucky)).toBe(false);
    for (let n = 0; n < 10_000; n += 1) gate.noteRefusal(`2001:db8::${n.toString(16)}`, start + 1_000);
    // Its own record had to make way: the memory is bounded, and a limit that is forgotten is a limit less, no more.
    expect(gate.admits(stranger, start + 1_000, unlucky)).toBe(true);
  });
});
