import { randomUUID } from 'node:crypto';
import { operations } from '../../adapters/http/operations.js';
import { pageShape } from '../../adapters/http/shapes.js';
import { PortError } from '../../ports/errors.js';
import { Unmet, unmetBy, type Check } from './check.js';
import { putBackNow } from './put-back.js';
import { mustBeExact } from './scene.js';
import { ask, isGone, servingOne, told, type WireScene } from './wire-scene.js';

// Nobody has these names: an order on them does no harm where the door stands open.
const nobody = `forbear-verify-${randomUUID()}`;
const nothing = 'forbear-verify-nothing';

const remedies: Readonly<Record<number, string>> = {
  401: 'Is the token in the variable the one that the platform holds? Spaces and quotes count.',
  403: 'Is the token in the variable the one that the platform holds? Answer 401 where it is not.',
  404: 'Does the URL end where `/accounts` begins, and does the platform know the account?',
};

export const reachCheck: Check<WireScene> = {
  id: 'reach',
  title: 'is there, and takes the token',
  needs: [],
  expected: "200 to a GET of the account's resources",
  remedy: 'Is the platform running, and is the URL its base, reachable from here without a redirect?',
  async run(scene) {
    const seen = await ask(scene, { operation: operations.list, ref: scene.account.ref }).catch(
      (error: unknown) => {
        if (error instanceof PortError) throw unmetBy(error, { stops: true });
        throw error;
      },
    );
    if (seen.status === 200) return '200';
    const remedy = remedies[seen.status];
    throw new Unmet(told(seen), { stops: true, ...(remedy !== undefined && { remedy }) });
  },
};

export const tokenCheck: Check<WireScene> = {
  id: 'token',
  title: 'a request without the right token is refused',
  needs: [],
  expected: '401 to a GET and to a POST, without a token and with a wrong one',
  remedy: 'Compare the whole `Authorization` header before anything else, for every route, in constant time.',
  async run(scene) {
    const { ref, fence } = scene.account;
    const requests = [
      { operation: operations.list, ref },
      { operation: operations.unlock, ref, id: nothing, fence },
    ];
    for (const wrong of ['', `${scene.wire.token}x`, nobody]) {
      for (const request of requests) {
        const seen = await ask(scene, request, { token: wrong });
        if (seen.status !== 401)
          throw new Unmet(`${told(seen)} ${wrong === '' ? 'without a token' : 'to a wrong token'}`);
      }
    }
    return '401';
  },
};

export const unknownAccountCheck: Check<WireScene> = {
  id: 'unknown-account',
  title: 'an unknown account has nothing, and reaches nothing',
  needs: ['look'],
  expected:
    '200 with an empty list, or 404 {"error": {"code": "gone"}}; the same 404 to a resource of another account',
  remedy: 'Look a resource up by account and id together, never by its id alone.',
  async run(scene) {
    const list = await ask(scene, { operation: operations.list, ref: nobody });
    const page = list.status === 200 ? pageShape.safeParse(list.body).data : undefined;
    const isEmpty = page?.resources.length === 0 && page.next === null;
    if (!isEmpty && !isGone(list)) throw new Unmet(told(list));
    const { id } = servingOne(scene).resource;
    const strange = await ask(scene, { operation: operations.read, ref: nobody, id });
    if (!isGone(strange)) throw new Unmet(told(strange));
    return isEmpty ? 'an empty list' : '404 gone';
  },
};

export const unknownResourceCheck: Check<WireScene> = {
  id: 'unknown-resource',
  title: 'a resource that is no more is gone, and no error',
  needs: ['look'],
  expected: '404 {"error": {"code": "gone"}} to the GET and to an order',
  remedy:
    'Say it with this body: a bare 404 is what a wrong address answers, too, and Forbear takes it for a refusal.',
  async run(scene) {
    const { ref, fence } = scene.account;
    const look = await ask(scene, { operation: operations.read, ref, id: nothing });
    const order = await ask(scene, { operation: operations.lock, ref, id: nothing, fence });
    for (const seen of [look, order]) if (!isGone(seen)) throw new Unmet(told(seen));
    return '404 gone';
  },
};

export const garbageCheck: Check<WireScene> = {
  id: 'garbage',
  title: "what it can't understand is refused, and changes nothing",
  needs: ['look'],
  expected: '4xx to a body that is not JSON, is empty, or holds no state of its own; then the same state',
  remedy: 'Parse the body of `resume` before you act on it, and answer 422 where it is not what you gave.',
  async run(scene) {
    const one = servingOne(scene);
    const statuses: number[] = [];
    for (const body of [
      '{"state":',
      '',
      '{}',
      '{"state":"none"}',
      '{"state":{"forbear":"no state of yours"}}',
    ]) {
      scene.touched = true;
      const seen = await ask(scene, resumeWith(scene, one.resource.id, body));
      statuses.push(seen.status);
      if (seen.status >= 400 && seen.status <= 499) continue;
      await putBackNow(scene);
      throw new Unmet(`${told(seen)} to the body ${body === '' ? '(none)' : body}`);
    }
    await mustBeExact(scene, one);
    scene.touched = false;
    return [...new Set(statuses)].join(', ');
  },
};

const resumeWith = ({ account: { ref, fence } }: WireScene, id: string, body: string) => ({
  operation: operations.resume,
  ref,
  id,
  body,
  fence,
});
