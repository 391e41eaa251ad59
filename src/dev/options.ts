/** The parts that are processes of their own, in the order in which they need each other. */
export const partNames = ['postgres', 'temporal', 'mail', 'stripe', 'platform', 'api', 'worker'] as const;
export type PartName = (typeof partNames)[number];

export type PortName = keyof typeof portSettings;
export type Ports = Readonly<Record<PortName, number>>;

/** Every port that the stack listens on: whose it is, its default, and the environment setting that changes it. */
export const portSettings = {
  api: { part: 'the api', byDefault: 8377, setting: 'FORBEAR_PORT' },
  postgres: { part: 'Postgres', byDefault: 8378, setting: 'FORBEAR_POSTGRES_PORT' },
  temporal: { part: 'the Temporal server', byDefault: 8379, setting: 'FORBEAR_TEMPORAL_PORT' },
  temporalUi: { part: "Temporal's Web UI", byDefault: 8380, setting: 'FORBEAR_TEMPORAL_UI_PORT' },
  stripe: { part: 'the Stripe fake', byDefault: 8381, setting: 'FORBEAR_STRIPE_PORT' },
  smtp: { part: "the mail catcher's SMTP", byDefault: 8382, setting: 'FORBEAR_SMTP_PORT' },
  mail: { part: 'the mail catcher', byDefault: 8383, setting: 'FORBEAR_MAIL_PORT' },
  platform: { part: 'the platform fake', byDefault: 8384, setting: 'FORBEAR_PLATFORM_PORT' },
} as const;

export const portNames = Object.keys(portSettings) as PortName[];

/** 0 is "any free port". */
export const freePorts: Ports = portsBy(() => 0);

export function portsBy(port: (name: PortName) => number): Ports {
  return Object.fromEntries(portNames.map((name) => [name, port(name)])) as Ports;
}

/** Where the real Stripe is reached; `apiBase` only where it isn't `https://api.stripe.com`. */
export type StripeAccess = {
  readonly key: string;
  readonly webhookSecret: string;
  readonly apiBase?: string;
};

export type DevOptions = {
  /** The checkout (or installed package): where `bin/`, `src/` and `.forbear/servers.json` are. */
  readonly root: string;
  /** Where data, logs and records of this stack are kept: `<root>/.forbear` for `forbear dev`. */
  readonly dataFolder: string;
  /** Begin with an empty data folder. */
  readonly fresh?: boolean;
  readonly ports: Ports;
  /** `null`: the Stripe fake. */
  readonly stripe: StripeAccess | null;
  readonly policyFile: string;
  readonly mode: 'enforce' | 'observe';
  readonly mailFrom: string;
  /** When the Stripe fake tries a failed invoice again; its own default if left out. */
  readonly stripeRetryScheduleMs?: readonly number[];
  /** The environment that children inherit. Settings of ours and of the parts are taken out and set anew. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line for a person. */
  readonly say: (line: string) => void;
};
