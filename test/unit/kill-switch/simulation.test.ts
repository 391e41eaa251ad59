import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createIamKillSwitch } from '../../../src/adapters/aws/kill-switch/kill-switch.js';
import { asAccountId } from '../../../src/domain/ids.js';
import type { Principal } from '../../../src/ports/kill-switch.js';

const acme = { id: asAccountId('0b0f6d3e-6a57-4a4e-8f0c-2f6f3f9f7a11'), ref: 'acme' };
const principal: Principal = {
  ...{ arn: 'arn:aws:iam::123456789012:user/acme', id: 'AIDAACME', kind: 'user', name: 'acme', path: '/' },
  ...{ isTagged: true, deny: 'none', inline: [] },
};

const result = (decision: string, by: string) => `<member>
  <EvalActionName>ec2:DescribeRegions</EvalActionName><EvalDecision>${decision}</EvalDecision>
  <EvalResourceName>*</EvalResourceName>
  <MatchedStatements><member><SourcePolicyId>${by}</SourcePolicyId></member></MatchedStatements></member>`;

let server: Server | undefined;
afterEach(() => server?.close());

/** IAM as AWS has it, as far as it simulates: it answers with these, one after the other, the last for good. */
async function iamThatSays(...answers: readonly (readonly [decision: string, by: string])[]) {
  const asked: string[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += String(data)));
    request.on('end', () => {
      const [decision, by] = answers[Math.min(asked.length, answers.length - 1)]!;
      asked.push(body);
      response.setHeader('content-type', 'text/xml');
      response.end(`<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
        <SimulatePrincipalPolicyResult><EvaluationResults>${result(decision, by)}</EvaluationResults>
        </SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kill = createIamKillSwitch({
    ...{ name: 'aws', region: 'eu-central-1', endpoint: `http://127.0.0.1:${port}`, tag: 'forbear:account' },
    ...{ credentials: { accessKeyId: 'AKIA', secretAccessKey: 'x' }, probes: [], assumesRoles: false },
    ...{ settleMs: 100, pollMs: 5, nowMs: Date.now },
  });
  return { kill, asked };
}

const ours = 'user_acme_forbear-kill-switch';

describe("the kill switch with AWS's own simulation", () => {
  it('KS-1 is simulated before anything is written, with the very policy that would be', async () => {
    const { kill, asked } = await iamThatSays(['explicitDeny', 'PolicyInputList.1']);
    expect(await kill.rehearse(acme, principal)).toMatchObject({ by: 'cloud', isDenied: true });
    expect(decodeURIComponent(asked[0]!)).toContain('"Sid":"ForbearKillSwitch');
    expect(decodeURIComponent(asked[0]!)).toContain(`PolicySourceArn=${principal.arn}`);
  });

  it('KS-1 would not be done where AWS says that it would not help', async () => {
    const { kill } = await iamThatSays(['allowed', 'own']);
    expect(await kill.rehearse(acme, principal)).toMatchObject({ by: 'cloud', isDenied: false });
  });

  it('is waited for until it has spread', async () => {
    const { kill, asked } = await iamThatSays(['allowed', 'own'], ['allowed', 'own'], ['explicitDeny', ours]);
    const witness = await kill.witness([principal]);
    expect(await witness.refused(principal)).toMatchObject({ verified: 'simulated' });
    expect(asked).toHaveLength(3);
  });

  it('has failed when it has not spread in its time', async () => {
    const { kill } = await iamThatSays(['allowed', 'own']);
    expect(await (await kill.witness([principal])).refused(principal)).toMatchObject({ verified: 'failed' });
  });

  it('is undone once nothing of ours refuses any more, whatever else may', async () => {
    const { kill } = await iamThatSays(['explicitDeny', ours], ['explicitDeny', 'their-own-deny']);
    const witness = await kill.witness([principal]);
    expect(await witness.free(principal)).toMatchObject({ verified: 'simulated' });
  });

  it('is not undone while ours still refuses', async () => {
    const { kill } = await iamThatSays(['explicitDeny', ours]);
    expect(await (await kill.witness([principal])).free(principal)).toMatchObject({ verified: 'failed' });
  });
});
