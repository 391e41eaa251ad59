import type { Inspection, Right } from '../../ports/inspection.js';
import { kindOf } from './addresses.js';
import { operations } from './operations.js';
import { parse, type HttpPlatform } from './platform.js';
import { pageShape } from './shapes.js';

/** How a target is set up, as far as it is looked at here. */
export type Setup = {
  readonly base: string;
  readonly secret?: string | undefined;
  readonly allowPrivate?: boolean | undefined;
};

// Nobody has this name, and a platform of the contract says that nobody has anything.
const nobody = 'forbear-inspection-of-nobody';

/** Whether the platform is there and takes the token. Which rights a token has is between the platform and its operator. */
export async function inspect({ name, client }: HttpPlatform, setup: Setup): Promise<Inspection> {
  const answer = await client.send({ operation: operations.list, ref: nobody });
  if (!answer.gone) parse(name, pageShape, answer.body);
  const note = 'The contract has no rights: try it with `forbear targets verify`, on an account of your own.';
  return {
    reached: `${setup.base} at ${answer.from}, which takes the token`,
    rights: [{ name: 'the token', state: 'unknown', note }, signing(setup), ...placeOf(setup, answer.from)],
  };
}

const signing = ({ secret }: Setup): Right =>
  secret === undefined
    ? {
        name: 'signed requests',
        state: 'unknown',
        note: 'Nothing is signed: whoever has read the token can give orders. Name a secret in `secretEnv`.',
      }
    : {
        name: 'signed requests',
        state: 'held',
        note: 'Every request is signed; `forbear targets verify` shows whether the platform looks at it.',
      };

/** What is said of `allowPrivate`, where it is set; without it a private address would not have answered. */
function placeOf({ allowPrivate = false }: Setup, from: string): readonly Right[] {
  if (!allowPrivate) return [];
  const { what, reach } = kindOf(from);
  return reach === 'private'
    ? [{ name: 'allowPrivate', state: 'held', note: `The platform answers from ${what}.` }]
    : [
        {
          name: 'allowPrivate',
          state: 'excess',
          note: `The platform answers from ${what}: take \`allowPrivate\` out of forbear.yaml.`,
        },
      ];
}
