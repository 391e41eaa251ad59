import { z } from 'zod';
import { contactRoles } from '../../domain/contact.js';
import { countryCodes } from '../../domain/countries.js';
import { grantKinds } from '../../domain/grant.js';
import { CommandFailure } from '../output.js';

// Only names are kept: there are some six hundred, and asking for one takes longer than reading a line.
const knownZones = new Set<string>();

function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true;
  // An offset such as +02:00 knows no summer time.
  if (!/^[A-Z]/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  knownZones.add(name);
  return true;
}

const oneLine = (what: string) =>
  z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(200, 'is longer than 200 characters')

    .regex(/^[^\0-\x1f\x7f]*$/, `is no ${what}: it must be one line of text`)
    .refine(
      (text) => !/[\ufffd\p{Surrogate}]/u.test(text),
      'holds what is not UTF-8: save the file as UTF-8',
    );

const isoDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;

/** What people and files say of an account; what is wrong is said so that it follows the value. */
export const fields = {
  ref: oneLine('ref'),
  name: oneLine('name'),
  customer: z
    .string()
    .regex(/^cus_\w{1,100}$/, "is no Stripe customer: its id begins with cus_, such as 'cus_Nff1'"),
  email: z.email('is no e-mail address').max(254, 'is no e-mail address: it is too long'),
  language: z.string().regex(/^[a-z]{2}$/, "is no language: use two lower-case letters, such as 'de'"),
  timeZone: z.string().refine(isTimeZone, "is no time zone: use an IANA name, such as 'Europe/Berlin'"),
  country: z
    .string()
    .refine(
      (code) => countryCodes.has(code),
      "is no country: use two capital letters of ISO 3166-1, such as 'AT'",
    ),
  plan: oneLine('plan'),
  tag: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_.:-]{0,39}$/,
      "is no tag: use up to 40 of a-z, 0-9, '_', '.', ':' and '-', such as 'vip'",
    ),
  since: z
    .string()
    .refine(
      (text) => isoDate.test(text) && !Number.isNaN(Date.parse(text)),
      "is no date: write it as 2024-03-01, or with its zone as '2024-03-01T09:00:00Z'",
    )
    .transform((text) => new Date(text).toISOString()),
  role: z.enum(contactRoles, `is no role: it is one of ${contactRoles.join(', ')}`),
  grantKind: z.enum(grantKinds, `is no kind: it is one of ${grantKinds.join(', ')}`),
};

/** What is wrong with a value, said so that it follows the value. */
export const problemIn = ({ error }: z.ZodSafeParseError<unknown>): string =>
  error.issues[0]?.message ?? 'is wrong';

/** The value of an option or an argument; ends the command when it is wrong. */
export function readField<T>(flag: string, field: z.ZodType<T>, text: string): T {
  const parsed = field.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CommandFailure('usage', `${flag} ${text} ${problemIn(parsed)}`);
}
