import { Command } from 'commander';
import { policyJsonSchema } from '../../policy/json-schema.js';
import { print } from '../output.js';

/** `forbear policy schema`. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('the JSON Schema of policy files, for editors')
    .action(() => print(JSON.stringify(policyJsonSchema(), null, 2)));
}
