type Line = (fields: LogFields, message: string) => void;

/**
 * Structured log lines. A line holds these fields and no others: ids, counts, codes and sentences of ours, never a body, a
 * secret, or a person's data. What is not among them, or not of its kind, is left out, and only its name is said.
 */
export type Logger = { readonly info: Line; readonly warn: Line; readonly error: Line };

/** What a log line may hold. How each is checked is in `src/log/fields.ts`. */
export type LogFields = {
  /** Our id of the account, never its name. */
  readonly account?: string | undefined;
  readonly activity?: string | undefined;
  readonly activityId?: string | undefined;
  readonly activityType?: string | undefined;
  readonly alert?: string | undefined;
  /** How many heads were anchored. */
  readonly anchors?: number | undefined;
  readonly approval?: string | undefined;
  readonly approved?: boolean | undefined;
  readonly attempt?: number | undefined;
  readonly channel?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Said by name, codes and place; by its words only where they are ours. */
  readonly error?: unknown;
  readonly eventId?: string | undefined;
  readonly host?: string | undefined;
  readonly livemode?: boolean | undefined;
  readonly look?: string | undefined;
  readonly mode?: string | undefined;
  readonly namespace?: string | undefined;
  readonly policy?: string | undefined;
  /** A code, or a sentence of ours. */
  readonly reason?: string | null | undefined;
  readonly remedy?: string | undefined;
  readonly result?: string | undefined;
  /** The pattern, never the path. */
  readonly route?: string | undefined;
  readonly runId?: string | undefined;
  readonly sdkComponent?: string | undefined;
  readonly severity?: string | undefined;
  readonly since?: string | undefined;
  readonly status?: number | null | undefined;
  readonly targets?: number | undefined;
  readonly taskQueue?: string | undefined;
  readonly text?: string | undefined;
  /** How many cases were told. */
  readonly told?: number | undefined;
  readonly url?: string | undefined;
  readonly why?: string | undefined;
  readonly workflowId?: string | undefined;
  readonly workflowType?: string | undefined;
};
