import type { EvaluationResult } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { documentFor, stateOf } from '../../../src/adapters/aws/kill-switch/document.js';
import { asPortError } from '../../../src/adapters/aws/kill-switch/errors.js';
import { decisionsOf } from '../../../src/adapters/aws/kill-switch/simulation.js';
import { asAccountId } from '../../../src/domain/ids.js';

const account = asAccountId('0b0f6d3e-6a57-4a4e-8f0c-2f6f3f9f7a11');
const other = asAccountId('1b0f6d3e-6a57-4a4e-8f0c-2f6f3f9f7a11');
const at = Date.parse('2026-11-30T12:00:00Z');

describe('the policy of the kill switch', () => {
  it('KS-1 is an explicit Deny on everything, and of a role ends the sessions of before', () => {
    expect(JSON.parse(documentFor(account, 'user', at))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'ForbearKillSwitch0b0f6d3e6a574a4e8f0c2f6f3f9f7a11',
          ...{ Effect: 'Deny', Action: '*', Resource: '*' },
        },
      ],
    });
    expect(JSON.parse(documentFor(account, 'role', at))).toMatchObject({
      Statement: [
        { Effect: 'Deny', Action: '*', Resource: '*' },
        {
          ...{ Effect: 'Deny', Action: '*', Resource: '*' },
          Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-11-30T12:00:00.000Z' } },
        },
      ],
    });
  });

  it.each(['user', 'role'] as const)('is known as ours whenever it was written: %s', (kind) => {
    const text = documentFor(account, kind, at + 1);
    expect(stateOf(text, account, kind)).toBe('ours');
    expect(stateOf(JSON.stringify(JSON.parse(text), null, 2), account, kind)).toBe('ours');
    expect(stateOf(text, other, kind)).toBe('of another account');
    expect(stateOf(text, account, kind === 'user' ? 'role' : 'user')).toBe('foreign');
    expect(stateOf(null, account, kind)).toBe('none');
  });

  it.each([
    [
      'a statement more',
      (text: string) => text.replace(']}', ',{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'),
    ],
    ['an action less', (text: string) => text.replace('"Action":"*"', '"Action":"ec2:*"')],
    ['a condition', (text: string) => text.replace('"Resource":"*"', '"Resource":"*","Condition":{}')],
    ['an Allow', (text: string) => text.replace('Deny', 'Allow')],
    ['no JSON', () => 'forbear'],
    [
      'another thing of the same name',
      () => '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
    ],
    ['no statement', () => '{"Version":"2012-10-17"}'],
    ['null', () => 'null'],
  ])('KS-1 is not ours to delete where it was changed: %s', (_, change) => {
    expect(stateOf(change(documentFor(account, 'user', at)), account, 'user')).toBe('foreign');
  });
});

describe("AWS's simulation", () => {
  const inline = { SourcePolicyId: 'user_acme_forbear-kill-switch' };

  it('counts as a deny only where every call is refused explicitly', () => {
    const denied: EvaluationResult = {
      EvalActionName: 'a',
      EvalDecision: 'explicitDeny',
      MatchedStatements: [inline],
    };
    const implicit: EvaluationResult = { EvalActionName: 'b', EvalDecision: 'implicitDeny' };
    expect(decisionsOf([denied, denied])).toEqual({ isDenied: true, isOurs: true });
    expect(decisionsOf([denied, implicit])).toEqual({ isDenied: false, isOurs: true });
    // A deny of the customer's own stays, and is none of ours.
    expect(decisionsOf([{ ...denied, MatchedStatements: [{ SourcePolicyId: 'own' }] }])).toMatchObject({
      isOurs: false,
    });
  });
});

describe('what AWS answers', () => {
  const failed = (name: string, status?: number) =>
    Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: status } });

  it.each([
    ['AccessDenied', 403, 'TARGET_REFUSED'],
    ['MalformedPolicyDocument', 400, 'TARGET_REFUSED'],
    ['LimitExceeded', 409, 'TARGET_REFUSED'],
    ['CredentialsProviderError', undefined, 'TARGET_REFUSED'],
    ['ServiceFailure', 500, 'TARGET_UNAVAILABLE'],
    ['Throttling', 400, 'TARGET_UNAVAILABLE'],
    ['ConcurrentModification', 409, 'TARGET_UNAVAILABLE'],
    ['ExpiredTokenException', 400, 'TARGET_UNAVAILABLE'],
    ['Error', undefined, 'TARGET_UNAVAILABLE'],
  ])('is told by code: %s %s is %s', (name, status, code) => {
    expect(asPortError('reading', failed(name, status))).toMatchObject({ code });
  });
});
