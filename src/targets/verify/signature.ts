import { randomBytes } from 'node:crypto';
import { operations } from '../../adapters/http/operations.js';
import { createSigner, type Signer } from '../../adapters/http/signature.js';
import { MINUTE_MS } from '../../domain/time.js';
import { Unmet, type Check } from './check.js';
import { ask, told, type WireScene } from './wire-scene.js';

// Nobody has this name: an order on it does no harm where nobody looks at signatures.
const nothing = 'forbear-verify-nothing';

// A minute more than Standard Webhooks lets a clock be wrong.
const staleMs = 6 * MINUTE_MS;

type Forgery = { readonly how: string; readonly make: (scene: WireScene) => Signer | null };

/** Signs what was asked as if something else had been. */
const about =
  (change: (signed: Parameters<Signer>[0]) => Partial<Parameters<Signer>[0]>) =>
  ({ wire: { signer } }: WireScene): Signer =>
  (signed, id) =>
    signer?.({ ...signed, ...change(signed) }, id) ?? {};

const at =
  (ms: number) =>
  ({ wire: { signer } }: WireScene): Signer =>
  (signed, id) =>
    signer?.(signed, id, Date.now() + ms) ?? {};

const forgeries: readonly Forgery[] = [
  { how: 'without a signature', make: () => null },
  {
    how: 'signed with another secret',
    make: () => createSigner(`whsec_${randomBytes(32).toString('base64')}`),
  },
  { how: 'signed six minutes ago', make: at(-staleMs) },
  { how: 'signed for a time in six minutes', make: at(staleMs) },
  { how: 'signed for another path', make: about(({ path }) => ({ path: `${path}/more` })) },
  {
    how: 'signed for another method',
    make: about(({ method }) => ({ method: method === 'GET' ? 'POST' : 'GET' })),
  },
  { how: 'signed for another body', make: about(({ body }) => ({ body: `${body} ` })) },
  { how: 'signed for another `Forbear-Fence`', make: about(({ fence }) => ({ fence: `${fence}0` })) },
];

export const signatureCheck: Check<WireScene> = {
  id: 'signature',
  title: 'a request that is not signed as it should be is refused',
  needs: [],
  expected:
    '401 to a GET and to a POST whose signature is missing, of another secret, old, or of another request',
  remedy:
    'Verify each request over method, path, fence and body before you act on it: docs/http-target.md has the code.',
  async run(scene) {
    const { ref, fence } = scene.account;
    const requests = [
      { operation: operations.list, ref },
      { operation: operations.unlock, ref, id: nothing, fence },
    ];
    for (const { how, make } of forgeries) {
      for (const request of requests) {
        const seen = await ask(scene, request, { signer: make(scene) });
        if (seen.status !== 401) throw new Unmet(`${told(seen)} ${how}`);
      }
    }
    return '401';
  },
};
