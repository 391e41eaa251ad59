import {
  ErrorCode,
  StandardResolutionReasons,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import type { AccessAnswer } from './contract.js';
import { readerOf, type ReaderSource } from './guard.js';

type Flag = (answer: AccessAnswer) => boolean | string | number | null;

/** `null`: there is nothing to say, and the default stands. */
const flags = new Map<string, Flag>([
  ['forbear.read', ({ allowed }) => allowed.read],
  ['forbear.write', ({ allowed }) => allowed.write],
  ['forbear.grow', ({ allowed }) => allowed.grow],
  ['forbear.run', ({ allowed }) => allowed.run],
  ['forbear.export', ({ allowed }) => allowed.export],
  ['forbear.access', ({ access }) => access],
  ['forbear.plan', ({ plan }) => plan?.name ?? null],
  ['forbear.next-step-at', ({ nextStep }) => nextStep?.at ?? null],
]);

const limitMark = 'forbear.limit.';

function flagOf(key: string): Flag | undefined {
  if (!key.startsWith(limitMark)) return flags.get(key);
  const limit = key.slice(limitMark.length);
  return ({ plan }) => new Map(Object.entries(plan?.limits ?? {})).get(limit) ?? null;
}

/**
 * What an account may do, as flags: `forbear.read|write|grow|run|export` (true or false), `forbear.access`, `forbear.plan`
 * and `forbear.next-step-at` (texts), `forbear.limit.…` (numbers). The targeting key names the account, as for the
 * middleware. What can't be known is the default value, with an error code; so is, without one, what there is nothing to say of.
 */
export function createForbearProvider(source: ReaderSource): Provider {
  const reader = readerOf(source);

  async function resolve<T>(
    type: string,
    key: string,
    fallback: T,
    { targetingKey }: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    const failed = (errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => {
      return { value: fallback, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
    };
    const flag = flagOf(key);
    if (flag === undefined) return failed(ErrorCode.FLAG_NOT_FOUND, `${key} is no flag of Forbear's`);
    if (targetingKey === undefined || targetingKey === '')
      return failed(ErrorCode.TARGETING_KEY_MISSING, 'give the account as targetingKey');
    const reading = await reader.read(targetingKey);
    if (!reading.isKnown) return failed(ErrorCode.GENERAL, reading.error.message);
    const { answer, isStale } = reading;
    const value = flag(answer);
    const flagMetadata = { version: answer.version, access: answer.access };
    if (value === null) return { value: fallback, reason: StandardResolutionReasons.DEFAULT, flagMetadata };
    if (typeof value !== type) return failed(ErrorCode.TYPE_MISMATCH, `${key} is no ${type}`);
    const { STALE, TARGETING_MATCH } = StandardResolutionReasons;
    const variant = String(value);
    return { value: value as T, variant, reason: isStale ? STALE : TARGETING_MATCH, flagMetadata };
  }

  return {
    metadata: { name: 'forbear' },
    runsOn: 'server',
    resolveBooleanEvaluation: (key, fallback, context) => resolve('boolean', key, fallback, context),
    resolveStringEvaluation: (key, fallback, context) => resolve('string', key, fallback, context),
    resolveNumberEvaluation: (key, fallback, context) => resolve('number', key, fallback, context),
    resolveObjectEvaluation: <T extends JsonValue>(key: string, fallback: T, context: EvaluationContext) =>
      resolve('object', key, fallback, context),
  };
}
