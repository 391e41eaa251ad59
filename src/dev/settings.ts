import { join } from 'node:path';
import type { Where } from './description.js';
import { writePrivate } from './files.js';
import type { DevOptions } from './options.js';

/** Writes the configuration that names the platform fake as the one target; returns where. */
export function writeForbearConfig(dataFolder: string, platform: string): string {
  const file = join(dataFolder, 'forbear.yaml');
  writePrivate(
    file,
    `targets:\n  - kind: http\n    name: platform\n    base: ${platform}\n    tokenEnv: FORBEAR_PLATFORM_TOKEN\n    # It runs on this machine.\n    allowPrivate: true\n# Nothing here is real, so many may be acted on at once. Leave it out to see the usual limits.\nbreakers: rehearsal\n`,
  );
  return file;
}

/** An empty profile: the one in the person's home could carry another server's TLS and keys. Returns where it is. */
export function writeTemporalProfile(dataFolder: string): string {
  const file = join(dataFolder, 'temporal.toml');
  // A file without the table makes the SDK's reader fail.
  writePrivate(file, '[profile.default]\n');
  return file;
}

type Setup = {
  readonly stack: Where;
  readonly configFile: string;
  readonly temporalProfile: string;
  readonly apiPort: number;
  readonly linkSecret: string;
  readonly metricsToken: string;
};

/** The environment of api and worker: the same settings that a production install gives them. */
export function environmentOf(
  options: DevOptions,
  { stack, configFile, temporalProfile, apiPort, linkSecret, metricsToken }: Setup,
): Record<string, string> {
  return {
    DATABASE_URL: stack.postgres,
    TEMPORAL_ADDRESS: stack.temporal.address,
    TEMPORAL_NAMESPACE: stack.temporal.namespace,
    TEMPORAL_CONFIG_FILE: temporalProfile,
    STRIPE_SECRET_KEY: stack.stripe.key,
    STRIPE_WEBHOOK_SECRET: stack.stripe.webhookSecret,
    STRIPE_API_BASE: stack.stripe.base,
    SMTP_URL: stack.mail.smtp,
    MAIL_FROM: options.mailFrom,
    FORBEAR_CONFIG: configFile,
    FORBEAR_POLICY: options.policyFile,
    FORBEAR_MODE: options.mode,
    FORBEAR_HOST: '127.0.0.1',
    FORBEAR_PORT: String(apiPort),
    FORBEAR_LINK_SECRET: linkSecret,
    FORBEAR_PUBLIC_URL: stack.api,
    FORBEAR_METRICS_TOKEN: metricsToken,
    // The fake has no rate limit to respect.
    ...(options.stripe === null ? { FORBEAR_EFFECTS_PER_SECOND: '200' } : {}),
    FORBEAR_PLATFORM_TOKEN: stack.platform.token,
    ...codecSettings(options, stack),
  };
}

/** Beside the stack's commands too, which read what api and worker have encrypted. */
function codecSettings({ env }: DevOptions, { temporal }: Where): Record<string, string> {
  const keys = env['FORBEAR_CODEC_KEYS'];
  return keys ? { FORBEAR_CODEC_KEYS: keys, FORBEAR_CODEC_UI_ORIGIN: temporal.ui } : {};
}
