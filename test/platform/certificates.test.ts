import assert from 'node:assert/strict';
import { traitsOfCertificate } from '../../domain/rules/certificate.ts';
import { readCertificate } from '../../platform/certificates.ts';
import { bareCertificate, partnerCertificate, type PartnerKey } from '../support/partnerCertificate.ts';

describe('a certificate', () => {
  const bare = bareCertificate();
  const whole = readCertificate(bare);

  it('says whose it is, how long it holds and what key it is for', () => {
    assert.ok(whole);
    assert.equal(whole.subject, 'CN=Partner');
    assert.equal(whole.notBefore.toISOString(), '2020-01-01T00:00:00.000Z');
    assert.equal(whole.notAfter.toISOString(), '2040-01-01T00:00:00.000Z');
    assert.deepEqual([whole.keyType, whole.keyBits], ['rsa', 2048]);
    assert.match(whole.fingerprint, /^[0-9a-f]{64}$/);
  });

  const lines = (bare.match(/.{1,64}/g) ?? []).join('\r\n');
  const spellings: [string, string][] = [
    ['with line breaks', lines],
    ['with line breaks and a space at each end', ` ${lines}\n `],
    ['as PEM', `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`],
    ['as PEM without lines', `-----BEGIN CERTIFICATE-----${bare}-----END CERTIFICATE-----`],
    [
      'as PEM with text around it',
      `subject=CN = Partner\nissuer=CN = Somebody\n-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\nBag Attributes: none`,
    ],
    [
      'as the first of a chain',
      `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n${partnerCertificate('ec')}`,
    ],
  ];
  for (const [told, text] of spellings) {
    it(`is read the same ${told}`, () => assert.deepEqual(readCertificate(text), whole));
  }

  const nothing: [string, string][] = [
    ['nothing', ''],
    ['white space', ' \n'],
    ['words', 'MIIC…shortened…'],
    ['base64 of something else', Buffer.from('not a certificate').toString('base64')],
    ['half of one', bare.slice(0, bare.length / 2)],
    ['an empty PEM', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'],
    ['the body of another PEM', `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----`],
    ['a megabyte of it', 'A'.repeat(1 << 20)],
  ];
  for (const [told, text] of nothing) {
    it(`is none in ${told}`, () => assert.equal(readCertificate(text), null));
  }

  const today = new Date('2026-11-23T12:00:00Z');
  const traits = (kind?: PartnerKey, lifetime?: { from?: string; until?: string }) =>
    traitsOfCertificate(readCertificate(bareCertificate(kind, lifetime)), today);

  it('is sound in date with an RSA key of 2048 bits or a key on a curve', () => {
    assert.deepEqual(traits('rsa2048'), []);
    assert.deepEqual(traits('ec'), []);
  });

  it('is weak with an RSA key of 1024 bits or a kind of key that signs no SAML', () => {
    assert.deepEqual(traits('rsa1024'), ['weak_key']);
    assert.deepEqual(traits('ed25519'), ['weak_key']);
  });

  it('expires to the second, and is about to for thirty days before', () => {
    assert.deepEqual(traits('ec', { until: '2026-11-23T11:59:59Z' }), ['expired']);
    assert.deepEqual(traits('ec', { until: '2026-11-23T12:00:00Z' }), ['expiring']);
    assert.deepEqual(traits('ec', { until: '2026-12-23T11:59:59Z' }), ['expiring']);
    assert.deepEqual(traits('ec', { until: '2026-12-23T12:00:00Z' }), []);
  });

  it('may not have begun yet', () => {
    assert.deepEqual(traits('ec', { from: '2026-11-24' }), ['not_yet_valid']);
    assert.deepEqual(traitsOfCertificate(null, today), ['unparsable']);
  });
});
