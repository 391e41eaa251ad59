import {
  ConfigError,
  readApiConfig,
  readWorkerConfig,
  type ApiConfig,
  type Env,
  type WorkerConfig,
} from '../../config.js';
import { PolicyError } from '../../policy/load.js';
import { broken, ok, warning, type Diagnosis } from './diagnosis.js';

export type Settings = {
  readonly api: ApiConfig | null;
  readonly worker: WorkerConfig | null;
  readonly found: readonly Diagnosis[];
};

/** Reads what `forbear serve` and `forbear worker` would read. */
export function readSettings(env: Env): Settings {
  const api = attempt('settings of the api', () => readApiConfig(env));
  const worker = attempt('settings of the worker', () => readWorkerConfig(env));
  const found = [...api.found, ...worker.found, ...(worker.value === null ? [] : modeOf(worker.value))];
  return { api: api.value, worker: worker.value, found };
}

function attempt<T>(
  part: string,
  read: () => T,
): { readonly value: T | null; readonly found: readonly Diagnosis[] } {
  try {
    return { value: read(), found: [ok(part, 'complete')] };
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof PolicyError)) throw error;
    return {
      value: null,
      found: [broken(part, error.message, 'set what is named here; README.md lists every setting')],
    };
  }
}

function modeOf({ brakes, policy, links, targets }: WorkerConfig): Diagnosis[] {
  const { mode, frozen } = brakes;
  return [
    ok('policy', `${policy.policy.name}, version ${policy.version}`),
    mode === 'observe'
      ? warning(
          'mode',
          'observe: nothing is taken from anybody, nobody is written to',
          'FORBEAR_MODE=enforce lets it act',
        )
      : ok('mode', 'enforce'),
    ...(frozen
      ? [warning('freeze', 'everything that takes is frozen', 'unset FORBEAR_FREEZE to go on')]
      : []),
    ...(links === null
      ? [
          warning(
            'links',
            'no links on which people approve or pay',
            'set FORBEAR_LINK_SECRET and FORBEAR_PUBLIC_URL',
          ),
        ]
      : []),
    ...(targets.length === 0
      ? [
          warning(
            'platforms',
            'none: a pause changes access only, and what runs goes on running',
            'connect one in forbear.yaml, see docs/http-target.md',
          ),
        ]
      : []),
  ];
}
