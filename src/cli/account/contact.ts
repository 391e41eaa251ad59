import { Command } from 'commander';
import { addContact, removeContact } from '../../db/queries/contacts.js';
import type { Addressee } from '../../dispatcher/orders.js';
import { contactRoles } from '../../domain/contact.js';
import { CommandFailure } from '../output.js';
import { change, signedBy, signedFreely, type ChangeFlags } from './changing.js';
import { fields, readField } from './fields.js';
import { inTrouble, lookAnew } from './looking-anew.js';

/** `forbear account contact add|remove`. */
export function contactCommand(): Command {
  const contact = new Command('contact').description(
    'who is written to for an account; notices about debts go to its billing contacts, to its owners where there are none, and to the others where mails to all of these bounced',
  );
  const named = (command: Command) =>
    command.argument('<account>', 'its ref, our id or a Stripe customer').argument('<email>', 'the address');
  const roles = contactRoles.join(', ');
  const adding = named(new Command('add'))
    .description(
      'add an address, or give the one that is there a name; mails that bounced before count no more',
    )
    .option('--role <role>', `one of ${roles}`, 'billing')
    .option('--name <name>', 'whose it is');
  const removing = named(new Command('remove'))
    .description('remove an address')
    .option('--role <role>', `only from this role (${roles}); else from all`);
  return contact
    .addCommand(signedFreely(adding).action(add))
    .addCommand(signedFreely(removing).action(remove));
}

async function add(
  word: string,
  address: string,
  flags: ChangeFlags & { readonly role: string; readonly name?: string },
): Promise<void> {
  const email = readField('the address', fields.email, address);
  const role = readField('--role', fields.role, flags.role);
  const name = flags.name === undefined ? null : readField('--name', fields.name, flags.name);
  const waking: Addressee[] = [];
  await change(
    word,
    flags,
    async (db, account) => {
      const isNew = await addContact(db, account.id, { role, email, name }, signedBy(flags));
      // A case may wait for somebody whom it can tell.
      if (isNew) waking.push(...(await inTrouble(db, [account])));
      return { isNew };
    },
    ({ ref }, { isNew }) => `${email} is a ${role} contact of ${ref}${isNew ? '' : ' already'}.`,
  );
  await lookAnew(waking, 'a contact was added');
}

async function remove(
  word: string,
  email: string,
  flags: ChangeFlags & { readonly role?: string },
): Promise<void> {
  const role = flags.role === undefined ? null : readField('--role', fields.role, flags.role);
  await change(
    word,
    flags,
    async (db, { id, ref }) => {
      const roles = await removeContact(db, id, { role, email }, signedBy(flags));
      if (roles.length > 0) return { roles };
      throw new CommandFailure(
        'notFound',
        `${email} is no such contact of ${ref}: \`forbear account show ${ref}\` shows them`,
      );
    },
    ({ ref }, { roles }) => `${email} is no ${roles.join(' and ')} contact of ${ref} any more.`,
  );
}
