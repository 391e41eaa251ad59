import { z } from 'zod';
import { httpUrl, mailFrom, read, smtpUrl, type Env } from './config-parts.js';
import { forbearFileOf, readApproverSlack } from './forbear-file.js';

/** Links on which people decide by a click: who makes them and who reads them share the secret. */
export const linksShape = z.object({
  FORBEAR_LINK_SECRET: z.string().min(32, 'must have at least 32 characters, at random').optional(),
  FORBEAR_PUBLIC_URL: httpUrl
    .refine((url) => !/[?#]/.test(url), 'must end with the path')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
});

/** Who may decide on what nobody can do alone: many acts at once, and what is as grave. */
export const approversShape = z.object({
  FORBEAR_APPROVERS: z
    .string()
    .transform((list) => list.split(',').map((address) => address.trim()))
    .pipe(z.array(z.email('must be addresses, with commas between them')))
    .default([]),
});

/** How approvers are written to, where they are. */
const postShape = z.object({ SMTP_URL: smtpUrl.optional(), MAIL_FROM: mailFrom.optional() });

/** Half of the links' settings would make links that nobody can open, or a page to which nothing leads. */
export function bothOrNone<Shape extends z.ZodObject>(shape: Shape): Shape {
  const needing = (of: Shape, missing: keyof typeof linksShape.shape, other: keyof typeof linksShape.shape) =>
    of.refine((given) => given[missing] !== undefined || given[other] === undefined, {
      path: [missing],
      error: `is missing: with ${other} it makes the links on which approvers decide; set both, or neither`,
      // Also beside other problems, so that all are told at once.
      when: () => true,
    });
  const [secret, url] = ['FORBEAR_LINK_SECRET', 'FORBEAR_PUBLIC_URL'] as const;
  return needing(needing(shape, secret, url), url, secret);
}

export type LinksConfig = { readonly secret: string; readonly publicUrl: string };

export function linksOf(all: z.infer<typeof linksShape>): LinksConfig | null {
  const { FORBEAR_LINK_SECRET: secret, FORBEAR_PUBLIC_URL: publicUrl } = all;
  return secret === undefined || publicUrl === undefined ? null : { secret, publicUrl };
}

/** What our own decisions are signed with; `null` where it is not set. Throws `ConfigError`. */
export function readLinkSecret(env: Env): string | null {
  const { FORBEAR_LINK_SECRET } = linksShape.shape;
  return read(z.object({ FORBEAR_LINK_SECRET }), env).FORBEAR_LINK_SECRET ?? null;
}

/** Who decides on bulk acts, by what their decisions are signed, and whence they are asked. Throws `ConfigError`. */
export function readApproversConfig(env: Env) {
  const all = read(
    bothOrNone(z.object({ ...approversShape.shape, ...linksShape.shape, ...postShape.shape })),
    env,
  );
  return {
    approvers: all.FORBEAR_APPROVERS,
    links: linksOf(all),
    smtpUrl: all.SMTP_URL ?? null,
    mailFrom: all.MAIL_FROM ?? null,
    approverSlack: readApproverSlack(forbearFileOf(env), env),
  };
}
