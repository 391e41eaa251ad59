import { Command } from 'commander';
import type { z } from 'zod';
import { changeTraits, type Traits } from '../../db/queries/traits.js';
import { CommandFailure } from '../output.js';
import { change, signedBy, signedFreely, type ChangeFlags } from './changing.js';
import { fields, readField } from './fields.js';

type SetFlags = ChangeFlags & {
  readonly timeZone?: string;
  readonly country?: string;
  readonly plan?: string;
  readonly language?: string;
};

/** `forbear account set`. */
export function setCommand(): Command {
  const command = new Command('set')
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .description(
      "set where an account is at home, its plan and its notices' language; `none` takes a value away",
    )
    .option('--time-zone <zone>', 'an IANA name, such as Europe/Berlin')
    .option('--country <code>', 'two capital letters of ISO 3166-1, such as AT')
    .option('--plan <name>', 'what it has subscribed to, as you call it, such as team')
    .option('--language <code>', 'two lower-case letters, such as de');
  return signedFreely(command).action(set);
}

async function set(word: string, flags: SetFlags): Promise<void> {
  const traits: Traits = {
    ...given('timeZone', '--time-zone', fields.timeZone, flags.timeZone),
    ...given('country', '--country', fields.country, flags.country),
    ...given('plan', '--plan', fields.plan, flags.plan),
    ...given('language', '--language', fields.language, flags.language),
  };
  if (Object.keys(traits).length === 0)
    throw new CommandFailure('usage', 'give one of --time-zone, --country, --plan and --language');
  await change(
    word,
    flags,
    async (db, { id }) => ({ changed: await changeTraits(db, id, traits, signedBy(flags)) }),
    ({ ref }, { changed }) =>
      changed.length > 0 ? `Account ${ref} is changed.` : `Account ${ref} stands so already.`,
  );
}

function given(name: keyof Traits, flag: string, field: z.ZodType<string>, text: string | undefined): Traits {
  if (text === undefined) return {};
  return { [name]: text === 'none' ? null : readField(flag, field, text) };
}
