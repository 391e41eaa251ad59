import { fileURLToPath } from 'node:url';
import { PortError } from '../ports/errors.js';
import { redact } from './redact.js';

/** What a log says of an error. `message` only where the words are ours. */
export type SaidError = {
  readonly name: string;
  readonly code?: string | number;
  readonly message?: string;
  /** Where it was thrown. */
  readonly at?: readonly string[];
  /** Short words by which its kind of error is told apart: Stripe's request, Postgres' constraint. */
  readonly known?: Readonly<Record<string, string | number>>;
  readonly cause?: SaidError;
};

/** Errors of ours: we wrote their sentences, and put no person's data into them. */
const ours: readonly string[] = [
  'BusyError',
  'CodecError',
  'CommandFailure',
  'CompileError',
  'ConfigError',
  'DevFailure',
  'ForbearError',
  'MailsError',
  'PolicyError',
  'RowRefusedError',
  'SignallerUnreachable',
  'TemplateError',
  'UnavailableError',
];

/** What others put on their errors that is a word or a number: of Postgres, Stripe, mail servers, and the system. */
const knownFields = [
  'type',
  'statusCode',
  'requestId',
  'decline_code',
  'severity',
  'routine',
  'table_name',
  'column_name',
  'constraint_name',
  'command',
  'responseCode',
  'syscall',
  'status',
] as const;

const deepest = 4;
const mostFrames = 12;
const isWord = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w.-]+( [\w.-]+)?$/.test(value) && value.length <= 80;

/**
 * An error as it may be written down. Of errors of others only names, codes and places: their messages repeat what they were
 * given, and that is parameters of a query, addresses that a mail server refused, answers that are no JSON.
 */
export function describeError(error: unknown, depth = 0): SaidError {
  if (!(error instanceof Error)) return { name: typeof error };
  const name = isWord(error.name) ? error.name : 'Error';
  const code = codeOf(error);
  const known = knownOf(error);
  const at = framesOf(error);
  return {
    name,
    ...(code !== null && { code }),
    ...(isOurs(error) && { message: redact(error.message) }),
    ...(at.length > 0 && { at }),
    ...(Object.keys(known).length > 0 && { known }),
    ...(error.cause !== undefined && depth < deepest && { cause: describeError(error.cause, depth + 1) }),
  };
}

const isOurs = (error: Error) =>
  error instanceof PortError || ours.includes(error.name) || isPlainOfOurs(error);

const root = fileURLToPath(new URL('../..', import.meta.url));
const rooms = ['activities', 'src', 'workflows'].map((room) => `${root}${room}/`);

/** An `Error` without a class of its own, thrown by our own lines: none of them puts into it what it was given. */
function isPlainOfOurs(error: Error): boolean {
  const [first = ''] = framesOf(error);
  return error.name === 'Error' && error.constructor === Error && rooms.some((room) => first.includes(room));
}

const shortOf = (value: unknown): string | number | null =>
  typeof value === 'number' ? value : isWord(value) ? redact(value) : null;

const codeOf = (error: Error) => shortOf((error as { readonly code?: unknown }).code);

function knownOf(error: Error): Readonly<Record<string, string | number>> {
  const fields = error as Error & Readonly<Partial<Record<(typeof knownFields)[number], unknown>>>;
  const found = knownFields.flatMap((name) => {
    const value = shortOf(fields[name]);
    return value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/** The lines of its stack that name a place; the message before them may have lines of any kind. */
function framesOf({ stack = '', message }: Error): string[] {
  const end = message === '' ? -1 : stack.indexOf(message);
  return stack
    .slice(end < 0 ? 0 : end + message.length)
    .split('\n')
    .flatMap((line) => /^\s+at (.*:\d+:\d+\)?)$/.exec(line)?.[1] ?? [])
    .slice(0, mostFrames);
}

/**
 * For a person at a terminal: what it says, without secrets. Of what repeats what it was given, a statement its parameters and
 * a mail server its recipients, only why it failed.
 */
export function printableError(error: unknown): string {
  if (!(error instanceof Error)) return redact(String(error));
  if (!repeatsWhatItGot(error)) return redact(error.stack ?? error.message);
  const isQuery = error.message.startsWith('Failed query');
  const { name, code, known } = describeError(isQuery ? (error.cause ?? error) : error);
  const words = [name, code, ...Object.values(known ?? {})].filter((word) => word !== undefined);
  const frames = framesOf(error).map((frame) => `\n    at ${frame}`);
  return `${isQuery ? 'a query failed' : 'something failed'} (${words.join(' ')})${frames.join('')}`;
}

function repeatsWhatItGot(error: Error): boolean {
  const { type } = error as { readonly type?: unknown };
  return (
    error.message.startsWith('Failed query') ||
    ['PostgresError', 'SyntaxError'].includes(error.name) ||
    'responseCode' in error ||
    (typeof type === 'string' && type.startsWith('Stripe'))
  );
}
