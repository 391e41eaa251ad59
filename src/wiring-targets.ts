import { createHttpTarget } from './adapters/http/target.js';
import { createSqlTarget } from './adapters/sql/target.js';
import { MINUTE_MS } from './domain/time.js';
import { lazyTarget } from './lazy-target.js';
import type { Target } from './ports/target.js';
import type { TargetConfig } from './target-settings.js';

/** What forbear.yaml connects, as the port that everything else knows. Connects nothing yet. */
export function openTarget(config: TargetConfig & { readonly timeoutMs?: number }): Target {
  switch (config.kind) {
    case 'http':
      return createHttpTarget(config);
    case 'sql':
      return createSqlTarget(config);
    case 'kubernetes':
      return lazyTarget(config.name, async () =>
        (await import('./adapters/kubernetes/target.js')).createKubernetesTarget(config),
      );
    case 'aws':
      return lazyTarget(
        config.name,
        async () => (await import('./adapters/aws/target.js')).createAwsTarget(config),
        // A database there takes a quarter of an hour to start.
        { startsWithinMs: 30 * MINUTE_MS },
      );
  }
}
