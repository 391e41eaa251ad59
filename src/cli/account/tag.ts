import { Command } from 'commander';
import { changeTags, type TagChange } from '../../db/queries/traits.js';
import { CommandFailure } from '../output.js';
import { change, signedBy, signedFreely, type ChangeFlags } from './changing.js';
import { fields, readField } from './fields.js';

/** `forbear account tag`. */
export function tagCommand(): Command {
  const command = new Command('tag')
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .argument('<tags...>', '+tag adds one, -tag takes one away')
    .description('add and remove tags: forbear account tag acme +vip -trial')
    // A tag to take away looks like an option.
    .allowUnknownOption();
  return signedFreely(command).action(tag);
}

async function tag(word: string, words: readonly string[], flags: ChangeFlags): Promise<void> {
  const wanted = tagsOf(words);
  await change(
    word,
    flags,
    async (db, { id }) => ({ tags: await changeTags(db, id, wanted, signedBy(flags)) }),
    ({ ref }, { tags }) => `Account ${ref} is tagged: ${tags.join(' ') || 'nothing'}.`,
  );
}

/** `+vip -trial`; ends the command when a word is neither, or both. */
export function tagsOf(words: readonly string[]): TagChange {
  const of = (sign: string) =>
    words
      .filter((word) => word.startsWith(sign))
      .map((word) => readField(`tag ${sign}`, fields.tag, word.slice(1)));
  const unsigned = words.find((word) => !/^[+-][^-]/.test(word));
  if (unsigned !== undefined)
    throw new CommandFailure(
      'usage',
      `${unsigned}: write +${unsigned} to add the tag, -${unsigned} to take it away`,
    );
  const [add, remove] = [of('+'), of('-')];
  const both = add.find((name) => remove.includes(name));
  if (both !== undefined)
    throw new CommandFailure('usage', `${both} is to be added and taken away: say one of them`);
  return { add, remove };
}
