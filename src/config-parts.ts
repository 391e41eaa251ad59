import { z } from 'zod';

/** Something in the environment or in forbear.yaml is wrong. The message tells every problem and its remedy; no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Env = Readonly<Record<string, string | undefined>>;

export const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'must be a URL that begins with http:// or https://',
});

export const smtpUrl = z.url({
  protocol: /^smtps?$/,
  error: 'must be a URL such as smtp://user:password@host:587',
});
export const mailFrom = z.email('must be an address such as billing@example.com');

export const whole = z.coerce
  .number({ error: 'must be a whole number' })
  .int('must be a whole number')
  .min(0);

/** How often a sweep reads again at Stripe whoever is restricted or has an open case; 0 for never. */
export const sweepMinutes = whole.max(60).default(15);

/** The name of something that forbear.yaml connects. */
export const entryName = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes');

export const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must be a URL such as postgres://user@host:5432/forbear',
});

/** The name of the variable that holds a secret. */
export const variable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'name the environment variable that holds it, in capitals');

/** With which messages and requests are signed, as Standard Webhooks writes it. */
export const signingSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 bytes at random in base64');

/** What a variable holds, for who needs it. Throws `ConfigError`, which does not show it. */
export function valueOf(env: Env, name: string, shape: z.ZodType<string>, who: string): string {
  const value = env[name]?.trim() ?? '';
  if (value === '') throw new ConfigError(`${who} need ${name}, which is not set`);
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError(`${who} need ${name}: it ${parsed.error.issues[0]?.message}`);
}

/** 0: any free one. */
export const port = z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535);

/** An empty variable counts as one that is not set. */
export function givenOf(env: Env): Record<string, string> {
  const isGiven = (entry: [string, string | undefined]): entry is [string, string] => Boolean(entry[1]);
  return Object.fromEntries(Object.entries(env).filter(isGiven));
}

/** Parses a part of the environment. Throws `ConfigError` with every problem at once. */
export function read<Shape extends z.ZodObject>(shapes: Shape, env: Env): z.infer<Shape> {
  const given = givenOf(env);
  const parsed = shapes.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, code, message }) => {
    const name = String(path[0]);
    return `  ${name} ${code === 'invalid_type' && given[name] === undefined && !message.startsWith('is missing') ? `is missing: ${message}` : message}`;
  });
  throw new ConfigError(`the environment is not complete:\n${problems.join('\n')}`);
}
