import type { LogLevel, Logger as TemporalLogger, LogMetadata } from '@temporalio/common';
import type { Logger } from '../ports/logger.js';

/** What Temporal's SDK has to say goes the way of everything else: it repeats failures, headers and whatever else it was given. */
export function temporalLoggerTo(logger: Logger): TemporalLogger {
  const say = (level: LogLevel, message: string, fields: LogMetadata = {}): void => {
    if (level === 'WARN') logger.warn(fields, message);
    if (level === 'ERROR') logger.error(fields, message);
  };
  return {
    log: say,
    trace: () => undefined,
    debug: () => undefined,
    info: () => undefined,
    warn: (message, fields) => say('WARN', message, fields),
    error: (message, fields) => say('ERROR', message, fields),
  };
}
