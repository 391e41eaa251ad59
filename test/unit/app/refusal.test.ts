import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accessLevels } from '../../../src/app/contract.js';
import { bannerAnswer } from '../../../src/app/banner-answer.js';
import { preferredLanguage, prefersPage } from '../../../src/app/accept.js';
import { refusalAnswer } from '../../../src/app/refusal-answer.js';
import type { Refusal } from '../../../src/app/verdict.js';
import { answerOf, payUrl } from '../../support/app-standin.js';

const unpaid: Refusal = { status: 402, reason: 'nonpayment', access: 'suspended', payUrl };
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const languages = ['en-US,en;q=0.9', 'de-AT,de;q=0.9,en;q=0.5'] as const;

describe('a refusal', () => {
  it('is a problem with the reason and where to pay for a program', () => {
    const { status, headers, body } = refusalAnswer(unpaid, { accept: 'application/json' });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      402,
      'application/problem+json',
      'no-store',
    ]);
    expect(JSON.parse(body)).toEqual({
      type: 'urn:forbear:app:nonpayment',
      title: 'Your account is paused',
      status: 402,
      detail: 'A payment is overdue. Your account is paused until it is paid.',
      reason: 'nonpayment',
      access: 'suspended',
      payUrl,
    });
  });

  it.each(languages)('is a page with a link to pay for a browser, in its language: %s', (language) => {
    const lang = language.slice(0, 2);
    const { headers, body } = refusalAnswer(unpaid, { accept: browser, language });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain(`<html lang="${lang}">`);
    expect(body).toContain('href="https://pay.example/acme?a=1&#38;b=2"');
    expect(body).toContain(lang === 'de' ? 'Jetzt bezahlen' : 'Pay now');
    expect(body).not.toMatch(/<script|<img|\ssrc=/);
  });

  it('escapes what comes into the page', () => {
    const evil = { ...unpaid, payUrl: `https://pay.example/"><script>alert('1')</script>` };
    const { body } = refusalAnswer(evil, { accept: browser });
    expect(body).not.toContain('<script');
  });

  it('lets a browser take the style of its page, and nothing else', () => {
    const { headers, body } = refusalAnswer(unpaid, { accept: browser });
    const [, style = ''] = /<style>([^<]+)<\/style>/.exec(body) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toMatch(`default-src 'none'; style-src 'sha256-${hash}'`);
  });

  it('says where else to pay when there is no address, for every level', () => {
    for (const access of accessLevels) {
      const refusal = { ...unpaid, access, payUrl: null };
      const { body } = refusalAnswer(refusal, { accept: browser });
      expect(body).toContain('use the link in our last mail');
      expect(body).not.toMatch(/href|null|undefined/);
      expect(JSON.parse(refusalAnswer(refusal, {}).body)).not.toHaveProperty('payUrl');
    }
  });

  it.each([
    { status: 403, reason: 'restricted' },
    { status: 503, reason: 'unknown' },
  ] as const)('says nothing of why for $status', (refusal) => {
    for (const accept of [browser, 'application/json']) {
      const { status, body } = refusalAnswer(refusal, { accept });
      expect(status).toBe(refusal.status);
      expect(body).not.toMatch(/fraud|dispute|manual|ended|payment|pay\.example|href|acme/i);
    }
    expect(refusalAnswer(refusal, {}).headers['retry-after']).toBe(refusal.status === 503 ? '10' : undefined);
  });
});

describe('who asks', () => {
  it.each([
    [browser, true],
    ['text/html', true],
    ['text/html;q=0.5, application/json', false],
    ['text/html;q=0', false],
    ['*/*', false],
    ['application/json, text/html;q=nonsense', false],
    ['', false],
    [null, false],
  ])('gets a page when a page is what it wants: %s', (accept, isPage) =>
    expect(prefersPage(accept)).toBe(isPage),
  );

  it.each([
    ['de', 'de'],
    ['de-CH, en;q=0.5', 'de'],
    ['en, de;q=0.9', 'en'],
    ['fr, de;q=0.3', 'de'],
    ['fr', 'en'],
    [undefined, 'en'],
  ])('is spoken to in a language it knows: %s', (header, language) =>
    expect(preferredLanguage(header)).toBe(language),
  );
});

describe('what a browser is told', () => {
  const told = (...parameters: Parameters<typeof answerOf>) =>
    bannerAnswer({ isKnown: true, answer: answerOf(...parameters), isStale: false });
  const nothing = { isOverdue: false, access: 'active', nextStep: null, payUrl: null };

  it('is what comes next and where to pay', () => {
    expect(told('grace_period')).toEqual({
      isOverdue: true,
      access: 'grace_period',
      nextStep: { step: 'pause', at: '2026-11-24T09:00:00.000Z' },
      payUrl,
    });
    expect(told('active', [], { billingStatus: 'past_due', payUrl })).toMatchObject({
      isOverdue: true,
      payUrl,
    });
  });

  it('is nothing while all is well, unknown, or about more than a payment', () => {
    expect([told('active'), bannerAnswer(null), bannerAnswer(undefined)]).toEqual([
      nothing,
      nothing,
      nothing,
    ]);
    for (const reason of ['fraud', 'dispute', 'manual'] as const)
      for (const reasons of [[reason], ['nonpayment', reason]] as const)
        expect(told('suspended', reasons)).toEqual(nothing);
    expect(told('suspended', ['ended'])).toEqual(nothing);
  });
});
