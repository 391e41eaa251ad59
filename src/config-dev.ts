import { z } from 'zod';
import { codecShape } from './config-codec.js';
import { httpUrl, mailFrom, port, read, type Env } from './config-parts.js';
import { portNames, portsBy, portSettings } from './dev/options.js';

const devShape = z.object({
  ...codecShape.shape,
  ...Object.fromEntries(portNames.map((name) => [portSettings[name].setting, port.optional()])),
  FORBEAR_POLICY: z.string().min(1).default('policies/saas.yaml'),
  FORBEAR_MODE: z.enum(['observe', 'enforce']).default('enforce'),
  MAIL_FROM: mailFrom.default('billing@forbear.example'),
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  STRIPE_API_BASE: httpUrl.optional(),
});

/** What `forbear dev` and `forbear demo` go by. Ports that are not set are the documented ones, or any free ones. */
export function readDevConfig(env: Env, unsetPorts: 'default' | 'free') {
  const all: Readonly<Record<string, unknown>> & z.infer<typeof devShape> = read(devShape, env);
  const ports = portsBy((name) => {
    const { setting, byDefault } = portSettings[name];
    const set = all[setting];
    return typeof set === 'number' ? set : unsetPorts === 'free' ? 0 : byDefault;
  });
  const { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_BASE: apiBase } = all;
  const stripe =
    key && webhookSecret ? { key, webhookSecret, ...(apiBase !== undefined && { apiBase }) } : null;
  return {
    ports,
    stripe,
    policyFile: all.FORBEAR_POLICY,
    mode: all.FORBEAR_MODE,
    mailFrom: all.MAIL_FROM,
    env,
  };
}

/** The key and secret of a fake that runs alone. */
export function readFakeStripeConfig(env: Env) {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = env;
  return { ...(secretKey && { secretKey }), ...(webhookSecret && { webhookSecret }) };
}

/** The token of a fake platform that runs alone. */
export function readPlatformToken(env: Env): string {
  return read(z.object({ FORBEAR_PLATFORM_TOKEN: z.string({ error: 'is missing: any word' }).min(1) }), env)
    .FORBEAR_PLATFORM_TOKEN;
}
