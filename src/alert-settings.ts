import { z } from 'zod';
import {
  entryName,
  httpUrl,
  mailFrom,
  signingSecret,
  smtpUrl,
  valueOf,
  variable,
  type Env,
} from './config-parts.js';
import { logChannel } from './ports/alerts.js';

const common = {
  name: entryName,
  atLeast: z.enum(['warning', 'page']).default('warning'),
};

// A user and a password would be a secret in a file that holds none.
const receiver = httpUrl.refine(
  (text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''),
  { error: 'holds no user and no password: what is sent is signed' },
);

const entry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('slack'), ...common, urlEnv: variable }),
  z.strictObject({
    kind: z.literal('mail'),
    ...common,
    to: z.array(z.email('must be an address such as oncall@example.com')).min(1, 'names nobody'),
  }),
  z.strictObject({ kind: z.literal('webhook'), ...common, url: receiver, secretEnv: variable }),
]);

/** The list `alerts` of forbear.yaml. */
export const alertEntries = z
  .array(entry)
  // Who was told of an alert is kept by name.
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'each needs a name of its own')
  .refine(
    (all) => all.every(({ name }) => name !== logChannel),
    `the name ${logChannel} is taken by the log, which always is told`,
  );

type AlertEntry = z.infer<typeof entry>;
type Entry<Kind extends AlertEntry['kind']> = Extract<AlertEntry, { kind: Kind }>;

/** Who is told of alerts, and with which secrets. */
export type AlertConfig =
  | (Omit<Entry<'slack'>, 'urlEnv'> & { readonly url: string })
  | (Entry<'mail'> & { readonly smtpUrl: string; readonly from: string })
  | (Omit<Entry<'webhook'>, 'secretEnv'> & { readonly secret: string });

/** An entry with what the environment holds for it. Throws `ConfigError`, which shows no secret. */
export function channelOf(entry: AlertEntry, env: Env, who: string): AlertConfig {
  switch (entry.kind) {
    case 'slack': {
      const { urlEnv, ...rest } = entry;
      return { ...rest, url: valueOf(env, urlEnv, httpUrl, who) };
    }
    case 'mail':
      return {
        ...entry,
        smtpUrl: valueOf(env, 'SMTP_URL', smtpUrl, who),
        from: valueOf(env, 'MAIL_FROM', mailFrom, who),
      };
    case 'webhook': {
      const { secretEnv, ...rest } = entry;
      return { ...rest, secret: valueOf(env, secretEnv, signingSecret, who) };
    }
  }
}
