import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writePrivateJson } from './files.js';

const schema = z.object({
  postgresPassword: z.string(),
  stripeKey: z.string(),
  stripeWebhookSecret: z.string(),
  platformToken: z.string(),
  linkSecret: z.string(),
  metricsToken: z.string(),
});

export type Secrets = z.infer<typeof schema>;

/** The stack's own secrets: made at the first start, kept as long as the data; one that is new comes to those kept. */
export function readOrMakeSecrets(dataFolder: string): Secrets {
  const file = join(dataFolder, 'secrets.json');
  const { data: kept = {} } = schema.partial().safeParse(readJson(file));
  const whole = schema.safeParse(kept);
  if (whole.success) return whole.data;
  const made = {
    postgresPassword: kept.postgresPassword ?? random(),
    stripeKey: kept.stripeKey ?? `sk_test_${random()}`,
    stripeWebhookSecret: kept.stripeWebhookSecret ?? `whsec_${random()}`,
    platformToken: kept.platformToken ?? random(),
    linkSecret: kept.linkSecret ?? random(),
    metricsToken: kept.metricsToken ?? random(),
  };
  writePrivateJson(file, made);
  return made;
}

const random = () => randomBytes(24).toString('hex');
