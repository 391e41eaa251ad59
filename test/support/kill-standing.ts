import { effectName, type EffectKey } from '../../src/domain/effect.js';
import { asCaseId } from '../../src/domain/ids.js';
import { messageIdOf } from '../../src/domain/notice.js';
import type { Gate } from './kill-gates.js';
import { asksById } from './lives-whole.js';
import { auditOf, mailsById } from './lives-record.js';
import { caseOf, sizes } from './lives.js';
import type { Ways } from './stack.js';

/** How an act stands: what the audit log has of it, and whether the world shows that it has called. */
export type ActStanding = { readonly logged: readonly string[]; readonly hasCalled: boolean };

/** How an act has to stand that waits at this gate. */
export const standsAt = ({ moment }: Gate): ActStanding => ({
  logged: ['intent'],
  hasCalled: moment !== 'before the call',
});

export async function standingOf(ways: Ways, gate: Gate): Promise<ActStanding> {
  return { logged: await loggedOf(ways, gate), hasCalled: await hasCalled(ways, gate) };
}

/** The kinds of what the audit log has of the act that waits at this gate, or has waited. */
export async function loggedOf(ways: Ways, gate: Gate): Promise<string[]> {
  const effect = effectName(await keyAt(ways, gate));
  const trail = await auditOf(ways, gate.life);
  return trail.filter((entry) => entry.effect === effect).map(({ kind }) => kind);
}

/** The act that is struck is the first of its kind in the account's one case. */
async function keyAt(ways: Ways, { life, step }: Gate): Promise<EffectKey> {
  const caseId = asCaseId((await caseOf(ways, life))?.id ?? '');
  return { account: life.id, caseId, step, round: 1 };
}

async function hasCalled(ways: Ways, gate: Gate): Promise<boolean> {
  const { life, step } = gate;
  // The first resource on which every act sets about.
  const web = (await ways.platform.instances(life.ref)).find(({ id }) => id === 'web');
  switch (step) {
    case 'remind':
    case 'close':
      return (await mailsById(ways, life)).has(messageIdOf(await keyAt(ways, gate), 'forbear.test'));
    case 'ask':
      return (await asksById(ways, life)).size > 0;
    case 'limit':
      return web?.locked === true;
    case 'pause':
      return web?.size === 0;
    case 'decommission':
      return web === undefined;
    case 'lift':
      return web?.size === sizes.web;
    case 'retry':
    case 'restrict':
    case 'unrestrict':
      throw new Error(`nobody strikes at ${step}`);
  }
}
