type Line = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** Structured log lines. Fields are ids, counts and codes: never a body, a secret, or a person's data. */
export type Logger = { readonly info: Line; readonly warn: Line; readonly error: Line };
