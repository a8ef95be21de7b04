import assert from 'node:assert/strict';
import { domainsOverlap, mailDomain, publicMailDomains } from '../../../domain/rules/mailDomain.ts';

describe('the domain of people\u2019s addresses', () => {
  const written: [string, string | null][] = [
    ['ostmere.example', 'ostmere.example'],
    ['Ostmere.EXAMPLE', 'ostmere.example'],
    ['@ostmere.example', 'ostmere.example'],
    [' ostmere.example ', 'ostmere.example'],
    ['ostmere.example.', 'ostmere.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['日本.example', 'xn--wgv71a.example'],
    ['a.b.c.example', 'a.b.c.example'],
    ['', null],
    ['@', null],
    ['example', null],
    ['.ostmere.example', null],
    ['*.ostmere.example', null],
    ['ostmere..example', null],
    ['-ostmere.example', null],
    ['ost_mere.example', null],
    ['ostmere.example/people', null],
    ['ostmere.example:443', null],
    ['edda@ostmere.example', null],
    ['https://ostmere.example', null],
    ['ostmere example', null],
    ['192.0.2.1', null],
    ['3232235777', null],
    ['[2001:db8::1]', null],
    ['ostmere.123', null],
    [`${'a'.repeat(64)}.example`, null],
    [`${'a.'.repeat(2000)}example`, null],
  ];
  for (const [text, domain] of written) {
    it(`${JSON.stringify(text.slice(0, 40))} is ${domain ?? 'none'}`, () =>
      assert.equal(mailDomain(text), domain));
  }

  it('overlaps with itself and with those above and below it, not with one that ends alike', () => {
    assert.ok(domainsOverlap('ostmere.example', 'ostmere.example'));
    assert.ok(domainsOverlap('lab.ostmere.example', 'ostmere.example'));
    assert.ok(domainsOverlap('ostmere.example', 'lab.ostmere.example'));
    assert.ok(!domainsOverlap('ostmere.example', 'notostmere.example'));
  });

  it('of public mail is written in the one spelling', () => {
    assert.deepEqual(
      [...publicMailDomains].filter((domain) => mailDomain(domain) !== domain),
      [],
    );
  });
});
