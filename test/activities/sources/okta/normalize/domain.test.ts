import assert from 'node:assert/strict';
import {
  normalizeCustomDomain,
  normalizeEmailDomain,
} from '../../../../../activities/sources/okta/normalize/domain.ts';

describe('An Okta domain in normal form', () => {
  it('is a sign-in host when it is a custom domain, verified in the words that mean so', () => {
    const status = (validationStatus: string) =>
      normalizeCustomDomain({ id: 'OcD1', domain: 'id.acme.example', validationStatus }).normalized;
    assert.equal(status('VERIFIED').use, 'sign_in_host');
    for (const word of ['VERIFIED', 'COMPLETED']) assert.equal(status(word).verified, true, word);
    for (const word of ['NOT_STARTED', 'IN_PROGRESS', 'FAILED_TO_VERIFY']) {
      assert.equal(status(word).verified, false, word);
      assert.deepEqual(status(word).unknown_values, [], word);
    }
    assert.deepEqual(status('PARKED').unknown_values, [{ pointer: '/validationStatus', value: 'PARKED' }]);
  });

  it('keeps the records that have to stand in the DNS', () => {
    const dnsRecords = [{ recordType: 'TXT', fqdn: '_oktaverification.id.acme.example', values: ['abc'] }];
    assert.deepEqual(normalizeCustomDomain({ id: 'OcD1', dnsRecords }).normalized.dns_records, [
      { type: 'TXT', name: '_oktaverification.id.acme.example', values: ['abc'] },
    ]);
    const dnsValidationRecords = [{ recordType: 'CNAME', fqdn: 'mail.acme.example', verificationValue: 'v' }];
    assert.deepEqual(normalizeEmailDomain({ id: 'OeD1', dnsValidationRecords }).normalized.dns_records, [
      { type: 'CNAME', name: 'mail.acme.example', values: ['v'] },
    ]);
  });

  it('sends mail when it is an e-mail domain', () => {
    const domain = normalizeEmailDomain({ id: 'OeD1', domain: 'acme.example', validationStatus: 'VERIFIED' });
    assert.equal(domain.normalized.use, 'email_sender');
    assert.equal(domain.vendorKind, 'email_domain');
    assert.equal(domain.normalized.verified, true);
  });
});
