import { createHttpTarget } from '../../adapters/http/target.js';
import { createWire } from '../../adapters/http/wire.js';
import { asAccountId } from '../../domain/ids.js';
import type { Target } from '../../ports/target.js';
import { runChecks, type Check, type Result } from './check.js';
import { garbageCheck, reachCheck, tokenCheck, unknownAccountCheck, unknownResourceCheck } from './door.js';
import { fenceCheck } from './fence.js';
import { checksForGood } from './for-good.js';
import { lifeChecks, listCheck, lookCheck } from './life.js';
import { putBack, type PutBack } from './put-back.js';
import { repeatsCheck } from './repeats.js';
import { createScene, type Scene } from './scene.js';
import { signatureCheck } from './signature.js';
import type { WireScene } from './wire-scene.js';

export type Verification = {
  readonly base: string;
  readonly token: string;
  /** With which requests are signed; without it they are not, and nothing is asked about signatures. */
  readonly secret?: string;
  readonly allowPrivate?: boolean;
  /** The app's own name of a test account: everything that runs for it is switched off and on. */
  readonly ref: string;
  /** The one resource that may be deleted for good; `null` for none. */
  readonly destroy: string | null;
  /** For one answer. */
  readonly timeoutMs: number;
  /** The longest that a drain or a start may take. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
};

export type Told =
  | { readonly kind: 'check'; readonly result: Result }
  /** What was left switched off by a check that failed, and whether it is back. */
  | {
      readonly kind: 'put_back';
      readonly results: readonly PutBack[];
      readonly states: Readonly<Record<string, unknown>>;
    };

const reversibleChecks: readonly Check<WireScene>[] = [
  reachCheck,
  tokenCheck,
  listCheck,
  lookCheck,
  unknownAccountCheck,
  fenceCheck,
  unknownResourceCheck,
  garbageCheck,
  ...lifeChecks,
  repeatsCheck,
];

// The platform knows accounts by their ref; ours is in no request.
const noAccount = asAccountId('00000000-0000-0000-0000-000000000000');

/**
 * Holds a platform behind HTTP to the contract, on one test account, and tells each result as it comes. Whatever happens, it
 * gives back what it took, also when `signal` aborts; its reason is thrown after that.
 */
export async function* verifyTarget(asked: Verification): AsyncGenerator<Told> {
  const { base, token, secret, allowPrivate, ref, destroy, timeoutMs, waitMs, signal } = asked;
  const options = { base, token, secret, allowPrivate, timeoutMs };
  const account = { id: noAccount, ref, fence: 1 };
  const target = createHttpTarget({ name: 'the platform', ...options });
  const scene: WireScene = {
    ...createScene({ target, account, waitMs, signal }),
    wire: createWire(options),
  };
  const checks = reversibleChecks.flatMap((check) =>
    check === tokenCheck && secret !== undefined ? [check, signatureCheck] : [check],
  );
  yield* runAll([...checks, ...(destroy === null ? [] : checksForGood(destroy))], scene);
}

export type PortVerification = Pick<Verification, 'ref' | 'waitMs' | 'signal'> & { readonly target: Target };

/** Holds any other target to what the port promises, in the same way: nothing lies between it and what it acts on. */
export async function* verifyThroughPort({
  target,
  ref,
  waitMs,
  signal,
}: PortVerification): AsyncGenerator<Told> {
  const account = { id: noAccount, ref, fence: 1 };
  yield* runAll([listCheck, lookCheck, ...lifeChecks], createScene({ target, account, waitMs, signal }));
}

async function* runAll<S extends Scene>(checks: readonly Check<S>[], scene: S): AsyncGenerator<Told> {
  const { signal } = scene;
  try {
    for await (const result of runChecks(checks, scene, signal)) yield { kind: 'check', result };
  } finally {
    if (scene.touched) {
      const states = Object.fromEntries(scene.kept.map(({ resource, state }) => [resource.id, state]));
      yield { kind: 'put_back', results: await putBack(scene), states };
    }
  }
}
