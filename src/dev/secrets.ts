import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writePrivateJson } from './files.js';

const schema = z.object({
  postgresPassword: z.string(),
  stripeKey: z.string(),
  stripeWebhookSecret: z.string(),
  platformToken: z.string(),
});

export type Secrets = z.infer<typeof schema>;

/** The stack's own secrets: made at the first start, kept as long as the data. */
export function readOrMakeSecrets(dataFolder: string): Secrets {
  const file = join(dataFolder, 'secrets.json');
  const known = schema.safeParse(readJson(file));
  if (known.success) return known.data;
  const made = {
    postgresPassword: random(),
    stripeKey: `sk_test_${random()}`,
    stripeWebhookSecret: `whsec_${random()}`,
    platformToken: random(),
  };
  writePrivateJson(file, made);
  return made;
}

const random = () => randomBytes(24).toString('hex');
