import type { PartName, Ports, StripeAccess } from './options.js';

/** What `dev.json` says: where everything of a running stack is. */
export type StackDescription = {
  readonly api: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui: string };
  readonly postgres: string;
  readonly stripe: { readonly base: string; readonly key: string; readonly webhookSecret: string };
  readonly mail: { readonly smtp: string; readonly messages: string };
  readonly platform: { readonly base: string; readonly token: string };
  /** What api and worker were started with; commands and `forbear doctor` go by the same. */
  readonly settings: Readonly<Record<string, string>>;
  readonly pids: Readonly<Partial<Record<PartName, number>>>;
};

/** Where its parts are. */
export type Where = Omit<StackDescription, 'settings' | 'pids'>;

type Access = {
  readonly namespace: string;
  readonly postgres: string;
  readonly stripe: StripeAccess;
  readonly platformToken: string;
};

export function describeStack(ports: Ports, access: Access): Where {
  const { key, webhookSecret, apiBase = 'https://api.stripe.com' } = access.stripe;
  return {
    api: http(ports.api),
    temporal: {
      address: `127.0.0.1:${ports.temporal}`,
      namespace: access.namespace,
      ui: http(ports.temporalUi),
    },
    postgres: access.postgres,
    stripe: { base: apiBase, key, webhookSecret },
    mail: { smtp: `smtp://127.0.0.1:${ports.smtp}`, messages: `${http(ports.mail)}/messages` },
    platform: { base: http(ports.platform), token: access.platformToken },
  };
}

export function http(port: number): string {
  return `http://127.0.0.1:${port}`;
}
