import type { Edit } from './core-loader.js';

const judge = 'src/domain/judge.ts';
const breaker = 'src/domain/breaker.ts';

/** What is wrong with each mutant of the guard. */
export const wrongGuards: Readonly<Record<string, readonly Edit[]>> = {
  'does not look again before it acts': [
    {
      file: judge,
      from: 'const judgement = byVerdict(verdict);',
      to: "const judgement = byVerdict('owing');",
    },
  ],
  'acts on reads however old': [
    {
      file: judge,
      from: 'if (Math.abs(now - standing.readAt) > longestStandingAgeMs)',
      to: 'if (standing.readAt === 0)',
    },
  ],
  'believes lists that are behind the thanks': [
    { file: judge, from: "const lagMs = topic === 'restored' ? 0 : longestLagMs;", to: 'const lagMs = 0;' },
  ],
  'takes minutes for seconds': [
    {
      file: judge,
      from: 'longestStandingAgeMs = 60 * SECOND_MS',
      to: 'longestStandingAgeMs = 60 * MINUTE_MS',
    },
  ],
  'acts on what it can’t know': [
    {
      file: judge,
      from: "    case 'unclear':\n      return hold('standing_unclear');",
      to: "    case 'unclear':\n      return null;",
    },
  ],
  'goes on although all is frozen': [
    { file: judge, from: "(evidence.frozen ? hold('frozen') : null)", to: '(evidence.frozen ? null : null)' },
  ],
  'takes from the exempt': [
    {
      file: judge,
      from: "now < exemption.until ? hold('exempt'",
      to: "now > exemption.until ? hold('exempt'",
    },
    {
      file: 'src/domain/enforce.ts',
      from: 'if (file.exemption !== null && now < file.exemption.until) return',
      to: 'if (file.exemption !== null && now > file.exemption.until) return',
    },
  ],
  'takes again what a person has just given back': [
    {
      file: judge,
      from: "now < immunity.until ? hold('immune'",
      to: "now > immunity.until ? hold('immune'",
    },
    {
      file: 'src/domain/timetable.ts',
      from: 'isTaking(rung) ? immuneUntil(file) : -Infinity',
      to: '-Infinity',
    },
  ],
  'holds what gives back': [
    {
      file: judge,
      from: "    case 'close':\n      return grant;",
      to: "    case 'close':\n      return frozen(evidence) ?? observing(evidence) ?? grant;",
    },
  ],
  'acts while it only observes': [
    {
      file: judge,
      from: "(mode === 'observe' ? hold('observing') : null)",
      to: "(mode === 'observe' ? null : null)",
    },
  ],
  'asks for no notice': [
    {
      file: judge,
      from: "if (notice === null) return hold('notice_missing');",
      to: 'if (notice === null) return null;',
    },
    {
      file: 'src/domain/timetable.ts',
      from: 'rung.leadMs === 0 || toldOf(file, rung.step) !== null;',
      to: 'rung.leadMs >= 0;',
    },
    {
      file: 'src/domain/timetable.ts',
      from: 'const toldAt = told?.at ?? now + rung.leadMs;',
      to: 'const toldAt = 0;',
    },
    {
      file: 'src/domain/timetable.ts',
      from: 'const warnedAt = (told?.acceptedAt ?? now) + rung.leadMs;',
      to: 'const warnedAt = 0;',
    },
    { file: 'src/domain/timetable.ts', from: '.filter(({ at }) => at > now);', to: '.filter(() => false);' },
  ],
  'gives half the lead': [
    { file: judge, from: 'notice.acceptedAt + leadMs);', to: 'notice.acceptedAt);' },
    { file: 'src/domain/timetable.ts', from: 'Math.max(at, now + leadMs)) };', to: 'at) };' },
    {
      file: 'src/domain/timetable.ts',
      from: '(told?.acceptedAt ?? now) + rung.leadMs;',
      to: '(told?.acceptedAt ?? now);',
    },
  ],
  'takes silence for approval': [
    { file: judge, from: 'found === null || found.approved === null', to: 'found === null' },
    { file: judge, from: "if (!found.approved) return hold('rejected');", to: '' },
    {
      file: 'src/domain/enforce.ts',
      from: '  if (approval.decision === null) {\n',
      to: "  if (approval.decision === null && !isOver)\n    return doNow(file, { step: 'decommission', round, approval: approval.id }, now);\n  if (approval.decision === null) {\n",
    },
  ],
  'deletes what was rejected': [
    { file: judge, from: "if (!found.approved) return hold('rejected');", to: '' },
    {
      file: 'src/domain/enforce.ts',
      from: 'if (!approval.decision.approved) {',
      to: 'if (approval.askedAt === 0) {',
    },
  ],
  'keeps other reasons from nobody: a lift takes them all': [
    { file: 'src/guard/change.ts', from: 'change.lift.reduce(without, restrictions)', to: '[]' },
  ],
  'lifts the wrong reason': [
    {
      file: 'src/domain/restrictions.ts',
      from: 'restrictions.filter((r) => r.reason !== reason);',
      to: 'restrictions.filter((r) => r.reason === reason);',
    },
  ],
  'swaps read-only and suspended': [
    {
      file: 'src/domain/restrictions.ts',
      from: "  'read_only',\n  'suspended',\n",
      to: "  'suspended',\n  'read_only',\n",
    },
  ],
  'weakens what stands': [
    {
      file: 'src/domain/restrictions.ts',
      from: '  rank(added.access) > rank(standing.access) ||',
      to: '  rank(added.access) < rank(standing.access) ||',
    },
  ],
  'leaves intents open for ever': [
    {
      file: 'src/guard/undo.ts',
      from: "return step !== 'restrict' && step !== 'unrestrict';",
      to: 'return false;',
    },
  ],
  'takes zero for unlimited': [
    {
      file: breaker,
      from: 'if (census === null || census.paying === 0 || most === 0 || share === 0) return 0;',
      to: 'if (most === 0 || share === 0) return Infinity;\n  if (census === null) return 0;',
    },
  ],
  'lets one more through than is allowed: <= for <': [
    { file: breaker, from: 'if (state[span] < most) continue;', to: 'if (state[span] <= most) continue;' },
  ],
  'bounds no hour': [
    {
      file: breaker,
      from: "for (const span of ['hour', 'day'] as const)",
      to: "for (const span of ['day'] as const)",
    },
  ],
  'never trips': [
    {
      file: breaker,
      from: "if (state.tripped) return { ruling: 'open' };",
      to: "if (state.now !== 0) return { ruling: 'pass', byAllowance: false };",
    },
  ],
  'takes a failure for good news': [
    {
      file: 'src/dispatcher/classify.ts',
      from: "signal: 'paymentFailed', opens: true",
      to: "signal: 'paymentFailed', opens: false",
    },
  ],
};
