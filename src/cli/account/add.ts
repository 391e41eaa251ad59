import { Command } from 'commander';
import { addAccount } from '../../db/queries/accounts.js';
import { asCustomerId } from '../../domain/ids.js';
import { withDatabase } from '../environment.js';
import { print, printJson } from '../output.js';
import { repeatable } from '../repeatable.js';
import { fields, readField } from './fields.js';

type AddFlags = { ref: string; name?: string; customer: string[]; email: string[]; json?: boolean };

/** `forbear account add`. */
export function addCommand(): Command {
  return new Command('add')
    .description('add an account, or bring the one of the same ref up to date')
    .requiredOption('--ref <ref>', "the app's own name of the account")
    .option('--name <name>', 'what customers read in their notices (default for a new one: the ref)')
    .addOption(repeatable('--customer <cus_…>', 'a Stripe customer of the account'))
    .addOption(
      repeatable(
        '--email <address>',
        'a billing contact, in place of those before (other roles: `account contact add`)',
      ),
    )
    .option('--json', 'for programs')
    .action(add);
}

async function add(flags: AddFlags): Promise<void> {
  const customers = flags.customer.map((id) => asCustomerId(readField('--customer', fields.customer, id)));
  const emails = flags.email.map((email) => readField('--email', fields.email, email));
  const contacts = emails.length > 0 ? emails : undefined;
  const { id } = await withDatabase((db) =>
    addAccount(db, { ref: flags.ref, name: flags.name, contacts, customers }),
  );
  if (flags.json) printJson({ id, ref: flags.ref });
  else print(`Account ${flags.ref} is ${id}. See it with: forbear account show ${flags.ref}`);
}
