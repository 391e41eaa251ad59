import { z } from 'zod';
import { httpUrl, variable, valueOf, type Env } from './config-parts.js';
import { isSamePerson } from './domain/decisions.js';

/** The list `approvers` of forbear.yaml: who is asked in Slack as well, each in a channel that nobody else reads. */
export const approverEntries = z
  .array(
    z.strictObject({
      address: z.email('must be an address such as zoe@example.com'),
      slackUrlEnv: variable,
    }),
  )
  .refine(
    (all) =>
      all.every(({ address }, n) => !all.slice(0, n).some((other) => isSamePerson(other.address, address))),
    'names somebody twice',
  );

export type ApproverSlack = { readonly address: string; readonly slackUrl: string };

/** The entries with what the environment holds for them. Throws `ConfigError`, which shows no address of Slack's. */
export function approversOf(
  entries: z.infer<typeof approverEntries>,
  env: Env,
  path: string,
): ApproverSlack[] {
  return entries.map(({ address, slackUrlEnv }) => ({
    address,
    slackUrl: valueOf(env, slackUrlEnv, httpUrl, `${path}: messages to ${address}`),
  }));
}
