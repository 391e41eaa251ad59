import { pino } from 'pino';
import type { Logger } from '../ports/logger.js';
import { allowedFields } from './fields.js';
import { redact } from './redact.js';

/** Where lines go: standard error, of which a test makes something that it can read. */
export type LogSink = { write(line: string): unknown };

/** JSON lines, of the fields that are allowed in them; of an error its name, codes and place, and the words that are ours. */
export function createLogger(part: string, sink: LogSink = pino.destination(2)): Logger {
  const line = pino({ base: { part } }, sink);
  return {
    info: (fields, message) => line.info(allowedFields(fields), redact(message)),
    warn: (fields, message) => line.warn(allowedFields(fields), redact(message)),
    error: (fields, message) => line.error(allowedFields(fields), redact(message)),
  };
}
