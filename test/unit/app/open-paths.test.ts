import { describe, expect, it } from 'vitest';
import { openPaths, pathOf } from '../../../src/app/open-paths.js';

const isOpen = openPaths('allow', ['/logout', '/billing/*', '/orgs/*/export', '/a.b']);

describe('open paths', () => {
  it.each(['/logout', '/logout/', '/billing', '/billing/', '/billing/cards/1', '/orgs/7/export', '/a.b'])(
    'stay open: %s',
    (path) => expect(isOpen(path)).toBe(true),
  );

  it.each([
    '/',
    '/logouts',
    '/logout/all',
    '/billings',
    '/x/billing/1',
    '/orgs/export',
    '/orgs/1/2/export',
    '/aXb',
    '',
  ])('are no others: %s', (path) => expect(isOpen(path)).toBe(false));

  it.each([
    '/billing/../projects',
    '/billing/%2e%2E/projects',
    '/billing/.%2e/projects',
    '/billing/..',
    '/billing%2f..%2fprojects',
    '/billing/..\\projects',
    '/billing//projects',
    '/projects/../billing/1',
  ])('are none that a router might read as another path: %s', (path) => expect(isOpen(path)).toBe(false));

  it.each(['billing', '/billing*', '/a/**', '/a?b', '/a/../b', '', '/%61'])(
    'tells of a pattern that is no path: %s',
    (pattern) =>
      expect(() => openPaths('exports', [pattern])).toThrow(/^exports: .*is no path: write \/logout/),
  );

  it('are none where none is named', () => expect(openPaths('allow')('/')).toBe(false));

  it.each([
    ['https://a.example/x/../y?z=/w#v', '/x/../y'],
    ['http://a.example', ''],
    ['/x?y=http://b/c', '/x'],
  ])('are read from an address as it was sent: %s', (url, path) => expect(pathOf(url)).toBe(path));
});
