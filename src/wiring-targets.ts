import { createHttpTarget } from './adapters/http/target.js';
import { createSqlTarget } from './adapters/sql/target.js';
import type { Target } from './ports/target.js';
import type { TargetConfig } from './target-settings.js';

/** What forbear.yaml connects, as the port that everything else knows. Connects nothing yet. */
export const openTarget = (config: TargetConfig & { readonly timeoutMs?: number }): Target =>
  config.kind === 'http' ? createHttpTarget(config) : createSqlTarget(config);
