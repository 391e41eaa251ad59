import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSigner, type Signed } from '../../src/adapters/http/signature.js';
import { makeSecret } from '../../src/push/secrets.js';
import { verifyTarget, type Told } from '../../src/targets/verify/verify.js';
import {
  brokenRef,
  startBrokenPlatform,
  type BrokenPlatform,
  type Fault,
} from '../support/broken-platform.js';
import { forbear } from '../support/cli.js';
import { faults, noFault } from '../support/faults.js';

type Line = {
  readonly kind: 'check' | 'put_back' | 'summary';
  readonly id?: string;
  readonly outcome?: 'ok' | 'failed' | 'skipped';
};

const limits = { timeoutMs: 1_000, waitMs: 2_000, signal: new AbortController().signal };

const allOf = (lines: readonly Line[], outcome: Line['outcome']) =>
  lines.filter((line) => line.outcome === outcome).map(({ id }) => id);

describe('forbear targets verify', () => {
  let platform: BrokenPlatform;
  afterEach(() => platform.close());

  const run = async (fault: Fault, ...more: readonly string[]) => {
    platform = await startBrokenPlatform(fault);
    const args = ['targets', 'verify', platform.base, '--account', brokenRef, '--token-env', 'TOKEN'];
    // Long enough for a loaded machine, and short enough to wait for what never comes.
    return await forbear([...args, '--timeout', '2', '--wait', '3', ...more], { TOKEN: platform.token });
  };
  const linesOf = (out: string) =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);

  it('finds nothing wrong with a platform that keeps the contract, and leaves it as it was', async () => {
    const { code, out, err } = await run(noFault, '--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('All 14 checks are ok: the platform keeps the contract.');
    expect(out).toMatch(/^ok {7}is there, and takes the token +200$/m);
    expect(out).not.toContain(platform.token);
    expect(await platform.sizes()).toEqual({ web: 3, jobs: 2 });
    expect(await platform.locked()).toEqual([]);
  });

  it('deletes the one resource that was named for it, and no other', async () => {
    const { code, out } = await run(noFault, '--yes', '--json', '--destructive', 'jobs');
    expect(code).toBe(0);
    expect(allOf(linesOf(out), 'ok').slice(-2)).toEqual(['archive', 'decommission']);
    expect(await platform.sizes()).toEqual({ web: 3 });
  });

  it.each(faults)('finds by `$check` a platform that $what', async ({ check, fault, givesBack }) => {
    platform = await startBrokenPlatform(fault());
    const told: Told[] = [];
    const isForGood = check === 'archive' || check === 'decommission';
    const asked = {
      ...platform,
      allowPrivate: true,
      ref: brokenRef,
      destroy: isForGood ? 'jobs' : null,
      ...limits,
    };
    for await (const one of verifyTarget(asked)) told.push(one);

    const failed = told.flatMap((one) =>
      one.kind === 'check' && one.result.outcome === 'failed' ? [one.result] : [],
    );
    expect(failed.map(({ id, came }) => (id === check ? id : `${id}: ${came}`))).toEqual([check]);
    for (const text of [failed[0]?.expected, failed[0]?.came, failed[0]?.remedy]) expect(text).toMatch(/\w/);
    const putBack = told.flatMap((one) => (one.kind === 'put_back' ? one.results : []));
    if (givesBack) {
      expect(await platform.sizes()).toEqual({ web: 3, jobs: 2 });
      expect(await platform.locked()).toEqual([]);
      expect(putBack.every(({ back }) => back)).toBe(true);
    } else expect(putBack.map(({ back }) => back)).toContain(false);
  });

  describe('with a secret', () => {
    const secret = makeSecret();
    const failedOn = async (fault: Fault, secrets: readonly string[]) => {
      platform = await startBrokenPlatform(fault, secrets);
      const results = new Map<string, string>();
      const asked = { ...platform, secret, allowPrivate: true, ref: brokenRef, destroy: null, ...limits };
      for await (const told of verifyTarget(asked))
        if (told.kind === 'check') results.set(told.result.id, told.result.outcome);
      return [...results].flatMap(([id, outcome]) => (outcome === 'ok' ? [] : [id]));
    };

    it('finds nothing wrong with a platform that verifies what is signed', async () => {
      expect(await failedOn(noFault, [secret])).toEqual([]);
    });

    it('finds a platform that takes what nobody signed', async () => {
      expect(await failedOn(noFault, [])).toEqual(['signature']);
    });

    // Resigns what comes as if all had been said in it, but for one part.
    const forgets = (part: keyof Signed): Fault => {
      const signer = createSigner(secret);
      return ({ headers, ...asked }, carry) => {
        const { method, path, body = '' } = asked;
        const claimed = { method, path, fence: headers['forbear-fence'] ?? '', body };
        // It finds the part that the signature holds, and takes it for what was asked.
        const given = { ...headers };
        const at = Number(headers['webhook-timestamp']) * 1_000;
        const id = headers['webhook-id'] ?? '';
        const candidates = [claimed, ...variants(claimed, part)];
        const isOne = candidates.some(
          (one) => signer(one, id, at)['webhook-signature'] === headers['webhook-signature'],
        );
        return carry({ ...asked, headers: isOne ? { ...given, ...signer(claimed, id, at) } : given });
      };
    };
    const variants = (claimed: Signed, part: keyof Signed): readonly Signed[] => {
      const { method, path, fence, body } = claimed;
      const changed: Record<keyof Signed, Signed> = {
        method: { ...claimed, method: method === 'GET' ? 'POST' : 'GET' },
        path: { ...claimed, path: `${path}/more` },
        fence: { ...claimed, fence: `${fence}0` },
        body: { ...claimed, body: `${body} ` },
      };
      return [changed[part]];
    };

    it.each(['method', 'path', 'fence', 'body'] as const)(
      'finds a platform that does not look at the %s that was signed',
      async (part) => {
        expect(await failedOn(forgets(part), [secret])).toEqual(['signature']);
      },
    );
  });

  it('may be repeated on the same account, whose fencing number it has raised', async () => {
    platform = await startBrokenPlatform(noFault);
    const verify = async () => {
      for await (const told of verifyTarget({
        ...platform,
        allowPrivate: true,
        ref: brokenRef,
        destroy: null,
        ...limits,
      }))
        expect(told).toMatchObject({ kind: 'check', result: { outcome: 'ok' } });
    };
    await verify();
    await verify();
  });

  it('gives back first when it is stopped in the middle', async () => {
    const stop = new AbortController();
    platform = await startBrokenPlatform(noFault);
    const told: Told[] = [];
    const verify = async () => {
      const asked = {
        ...platform,
        allowPrivate: true,
        ref: brokenRef,
        destroy: null,
        ...limits,
        signal: stop.signal,
      };
      for await (const one of verifyTarget(asked)) {
        told.push(one);
        if (one.kind === 'check' && one.result.id === 'pause') stop.abort(new Error('stopped'));
      }
    };
    await expect(verify()).rejects.toThrow('stopped');
    expect(told.at(-1)).toMatchObject({ kind: 'put_back', results: [{ back: true }, { back: true }] });
    expect(await platform.sizes()).toEqual({ web: 3, jobs: 2 });
    expect(await platform.locked()).toEqual([]);
  });

  it('tells a person what was expected, what came, what to do, and what was given back', async () => {
    const { out } = await run(faults.find(({ what }) => what.startsWith('pauses nothing'))!.fault(), '--yes');
    expect(out).toMatch(/^FAILED {3}pause switches off, and says so only when it is$/m);
    expect(out).toMatch(/^ {9}expected {2}2xx, then probe `off_and_locked`/m);
    expect(out).toMatch(/^ {9}came {6}web is `in_between`$/m);
    expect(out).toMatch(/^ {9}remedy {4}Answer 2xx when nothing runs any more/m);
    expect(out).toContain('Not tried after that: resume, unlock, repeats.');
    expect(out).toContain('Given back as before: web, jobs.');
    expect(out).toContain('1 of 14 checks failed.');
  });

  it('shows the recorded state of what the platform does not take back', async () => {
    const { out } = await run(
      faults.find(({ what }) => what.startsWith('restores another'))!.fault(),
      '--yes',
    );
    expect(out).toMatch(/^NOT given back: web$/m);
    expect(out).toContain('{"size":3,"plan":"standard"}');
  });
});

describe('forbear targets verify, called wrongly', () => {
  let platform: BrokenPlatform;
  beforeAll(async () => {
    platform = await startBrokenPlatform(() => Promise.reject(new Error('nothing may be sent')));
    return () => platform.close();
  });

  const verify = ['targets', 'verify'];
  it.each([
    ['without --yes where nobody can answer', ['URL', '--account', 'a', '--token-env', 'TOKEN'], '--yes'],
    ['by URL without a variable for the token', ['URL', '--account', 'a', '--yes'], '--token-env'],
    ['by a name that nothing has', ['lost', '--account', 'a', '--yes'], 'forbear targets list'],
    [
      'with a URL that holds a password',
      ['http://me:pass@127.0.0.1', '--account', 'a', '--token-env', 'TOKEN', '--yes'],
      'no user',
    ],
  ])('%s, it does nothing and says what is missing', async (_, args, remedy) => {
    const words = args.map((word) => (word === 'URL' ? platform.base : word));
    const { code, out, err } = await forbear([...verify, ...words], { TOKEN: 'x' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(remedy);
    expect(err).not.toContain('pass@');
  });
});
