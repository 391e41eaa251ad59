import type { Edit } from './core-loader.js';

/** What is wrong with each mutant of the decisions, and where its sources differ. */
export const wrongDecisions: Readonly<Record<string, readonly Edit[]>> = {
  'inverts the status: who pays owes': [
    {
      file: 'src/domain/standing.ts',
      from: "if (owed.length > 0) return isCovered(owed, standing.credits) ? 'covered' : 'owing';",
      to: "if (owed.length === 0) return 'owing';",
    },
  ],
  'takes a list that was cut short for the whole': [
    { file: 'src/domain/standing.ts', from: '    !standing.complete ||\n', to: '' },
  ],
  'takes a word that nobody knows for a good one': [
    {
      file: 'src/domain/standing.ts',
      from: "    standing.subscriptions.some((s) => s.state === 'unknown') ||\n",
      to: '',
    },
  ],
  'lets a payment on its way stop nothing': [
    {
      file: 'src/domain/standing.ts',
      from: 'const isInFlight = (i: InvoiceFact) => isWithin(i.processingSince, policy.longestProcessingMs, now);',
      to: 'const isInFlight = (i: InvoiceFact) => isWithin(i.processingSince, 0, now);',
    },
  ],
  'waits for no payer to confirm': [
    {
      file: 'src/domain/standing.ts',
      from: 'isWithin(i.confirmationSince, policy.confirmationMs, now);\n  const isOverdue',
      to: 'isWithin(i.confirmationSince, 0, now);\n  const isOverdue',
    },
  ],
  'forgives nobody': [{ file: 'src/domain/standing.ts', from: ' && !forgiven.includes(i.id)', to: '' }],
  'takes an empty list of what is forgiven for all': [
    {
      file: 'src/domain/standing.ts',
      from: ' && !forgiven.includes(i.id)',
      to: ' && forgiven.length > 0 && !forgiven.includes(i.id)',
    },
  ],
  'knows no instalments': [
    {
      file: 'src/domain/standing.ts',
      from: 'if (agreement === null) return [];',
      to: 'if (agreement !== undefined) return [];',
    },
  ],
  'believes every promise for ever': [
    {
      file: 'src/domain/agreement.ts',
      from: 'now <= dueAt || remainingMinor',
      to: 'now <= dueAt + 1e12 || remainingMinor',
    },
  ],
  'counts a debt a day after it is due': [
    {
      file: 'src/domain/standing.ts',
      from: '(clockOf(i, policy) ?? Infinity) <= now;',
      to: '(clockOf(i, policy) ?? Infinity) <= now - 86_400_000;',
    },
  ],
  'counts what is below the threshold': [
    {
      file: 'src/domain/standing.ts',
      from: '(policy.thresholdsMinor[sum.currency] ?? 0)',
      to: '(policy.thresholdsMinor[sum.currency] ?? 0) * 9',
    },
  ],
  'leaps over a reminder': [
    {
      file: 'src/domain/record.ts',
      from: "stage: stageAtLeast(file, 'reminded'), rung: file.rung + 1,",
      to: "stage: stageAtLeast(file, 'reminded'), rung: file.rung + 2,",
    },
  ],
  'leaps over the final notice': [
    {
      file: 'src/domain/record.ts',
      from: 'Math.max(file.rung, rungAfter(policy, step))',
      to: 'Math.max(file.rung, rungAfter(policy, step) + 1)',
    },
  ],
  'stays on the rung that is done': [
    { file: 'src/domain/record.ts', from: 'Math.max(file.rung, rungAfter(policy, step))', to: 'file.rung' },
  ],
  'counts the dwell from the plan, not from what was done': [
    { file: 'src/domain/timetable.ts', from: 'before + policy.dwellMs, notBefore', to: 'before, notBefore' },
  ],
  'forgets what was extended': [
    { file: 'src/domain/timetable.ts', from: 'afterMs), latest) + shiftMs;', to: 'afterMs), latest);' },
  ],
  'extends twice for whoever clicks twice': [
    {
      file: 'src/domain/orders.ts',
      from: 'if (file.orders.includes(request.id))',
      to: 'if (file.orders.length > 99)',
    },
  ],
  'says once more what it never heard that it had said': [
    { file: 'src/domain/advance.ts', from: 'witness(adoptNotice(file, facts), ', to: 'witness(file, ' },
  ],
  'comes a day early': [
    {
      file: 'src/domain/timetable.ts',
      from: 'return Math.min(later(almanac, anchorAt, afterMs), latest)',
      to: 'return Math.min(later(almanac, anchorAt, afterMs - 86_400_000), latest)',
    },
  ],
  'acts while nobody is there': [
    {
      file: 'src/domain/calendar.ts',
      from: 'if (almanac === null || !Number.isFinite(at)) return at;',
      to: 'if (at !== 0) return at;',
    },
  ],
  'has its clocks an hour off after they changed': [
    {
      file: 'src/domain/calendar.ts',
      from: 'if (from <= at) offset = ms;',
      to: 'if (from > at) offset = ms;',
    },
  ],
  'never gives back': [
    { file: 'src/domain/settle.ts', from: 'if (file.taken !== null) {', to: 'if (file.ended) {' },
  ],
  'gives back for a payment that is on its way': [
    {
      file: 'src/domain/advance.ts',
      from: "return hold(told, facts, 'payment_in_flight', now);",
      to: 'return settle({ ...told, owed: [] }, facts, now);',
    },
  ],
  'closes what can’t be known': [
    {
      file: 'src/domain/advance.ts',
      from: "return hold(told, facts, 'standing_unclear', now);",
      to: 'return settle({ ...told, owed: [] }, facts, now);',
    },
  ],
  'enforces what can’t be known': [
    {
      file: 'src/domain/advance.ts',
      from: "return hold(told, facts, 'standing_unclear', now);",
      to: 'return enforce(note(told, facts, view, now), facts, view, now);',
    },
  ],
  'keeps off whoever has a subscription': [
    {
      file: 'src/domain/settle.ts',
      from: "standing.subscriptions.some((s) => s.state === 'ended' && isOurs(s.id))",
      to: "standing.subscriptions.some((s) => s.state === 'live')",
    },
    {
      file: 'src/domain/settle.ts',
      from: 'return over && !hasLiveSubscription(standing) && !file.granted;',
      to: 'return over;',
    },
  ],
  'never takes in what it did': [
    {
      file: 'workflows/life.ts',
      from: 'record(life.file, act, outcome, life.policy, now);',
      to: 'outcome.status === "done" ? life.file : record(life.file, act, outcome, life.policy, now);',
    },
  ],
  'does again what was done before it was ended by force': [
    {
      file: 'src/domain/witness.ts',
      from: 'if (seen.taken !== null && !isBehind) return seen;',
      to: 'if (seen.taken !== null) return seen;',
    },
  ],
};
