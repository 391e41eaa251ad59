import { z } from 'zod';
import { namedIn, type Named } from './named.js';

/** What a statement may ask for. `state`: what was recorded before anything was taken, as JSON. */
const known = {
  read: ['account', 'ref'],
  suspend: ['account', 'ref', 'id', 'version', 'fence'],
  lift: ['account', 'ref', 'id', 'version', 'fence', 'state'],
  lock: ['account', 'ref', 'id', 'version', 'fence'],
  unlock: ['account', 'ref', 'id', 'version', 'fence'],
  revoke: ['account', 'ref', 'id', 'version', 'fence'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type StatementName = keyof typeof known;
export type ChangeName = Exclude<StatementName, 'read'>;
export type Statements = Readonly<Record<Exclude<StatementName, 'revoke'>, Named>> & {
  /** What a revoked account loses besides; with it, `read` tells `revoked`. */
  readonly revoke?: Named | undefined;
};

const statementFor = (name: StatementName) =>
  z
    .string()
    .trim()
    .min(1, 'is empty')
    .transform(namedIn)
    .superRefine(({ names }, { addIssue }) => {
      const stranger = names.find((one) => !(known[name] as readonly string[]).includes(one));
      if (stranger !== undefined)
        addIssue(`knows no :${stranger}: there are ${known[name].map((one) => `:${one}`).join(', ')}`);
      const needed = name === 'read' ? ['account', 'ref'] : ['id'];
      if (!needed.some((one) => names.includes(one)))
        addIssue(`names nobody: it has to go by ${needed.map((one) => `:${one}`).join(' or ')}`);
      // What another one changed meanwhile is looked at again, and never overwritten.
      if (name !== 'read' && !names.includes('version')) addIssue('has to compare the version: :version');
    });

/** The operator's own statements, as forbear.yaml has them. */
export const statementsShape = z.strictObject({
  read: statementFor('read'),
  suspend: statementFor('suspend'),
  lift: statementFor('lift'),
  lock: statementFor('lock'),
  unlock: statementFor('unlock'),
  revoke: statementFor('revoke').optional(),
});
