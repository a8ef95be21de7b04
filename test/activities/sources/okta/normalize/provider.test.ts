import assert from 'node:assert/strict';
import { normalizeProvider } from '../../../../../activities/sources/okta/normalize/provider.ts';

describe('An Okta identity provider in normal form', () => {
  it('has the protocol that is spoken, whatever the brand', () => {
    const of = (type: string, protocol: string | undefined) =>
      normalizeProvider({ id: '0oa1', type, protocol: { type: protocol } });
    assert.equal(of('SAML2', 'SAML2').normalized.protocol, 'saml_2_0');
    assert.equal(of('OIDC', 'OIDC').normalized.protocol, 'oidc');
    assert.equal(of('GOOGLE', 'OAUTH2').normalized.protocol, 'oidc');
    assert.equal(of('X509', 'MTLS').normalized.protocol, 'mtls');
    assert.equal(of('IDV_PERSONA', 'ID_PROOFING').normalized.protocol, 'id_proofing');
    assert.equal(of('NEW', 'NEW').normalized.protocol, 'unknown');
    assert.equal(of('NEW', undefined).normalized.protocol, 'unknown');
    assert.equal(of('GOOGLE', 'OAUTH2').vendorKind, 'GOOGLE');
  });

  it('of SAML says where people are sent, who answers, and which keys are trusted', () => {
    const { normalized } = normalizeProvider({
      id: '0oa1',
      protocol: {
        type: 'SAML2',
        endpoints: { sso: { url: 'https://idp.example/sso', binding: 'HTTP-POST' } },
        algorithms: { request: { signature: { scope: 'NONE' } }, response: { signature: { scope: 'ANY' } } },
        credentials: { trust: { issuer: 'urn:idp', kid: 'k1', additionalKids: ['k2'] } },
      },
    });
    assert.equal(normalized.entity_id, 'urn:idp');
    assert.equal(normalized.sso_url, 'https://idp.example/sso');
    assert.deepEqual(normalized.key_ids, ['k1', 'k2']);
    assert.equal(normalized.requests_signed, false);
    assert.equal(normalized.response_signature_scope, 'ANY');
  });

  it('trusts no additional key without the one that is current', () => {
    const trust = { issuer: 'urn:idp', additionalKids: ['k2'] };
    const provider = normalizeProvider({ id: '0oa1', protocol: { type: 'SAML2', credentials: { trust } } });
    assert.deepEqual(provider.normalized.key_ids, []);
  });

  it('names the groups of which it links accounts, and those that it puts people into', () => {
    const { normalized } = normalizeProvider({
      id: '0oa1',
      policy: {
        accountLink: { action: 'AUTO', filter: { groups: { include: ['00g1', '00g2'] } } },
        provisioning: { groups: { action: 'ASSIGN', assignments: ['00g2', '00g3'], filter: ['00g4'] } },
      },
    });
    assert.deepEqual(
      normalized.references.map(({ relation, external_id }) => `${relation} ${external_id}`),
      ['00g1', '00g2', '00g4', '00g3'].map((id) => `included_group ${id}`),
    );
  });

  it('takes the destination where there is no address', () => {
    const sso = { destination: 'https://idp.example/sso' };
    const provider = normalizeProvider({ id: '0oa1', protocol: { type: 'SAML2', endpoints: { sso } } });
    assert.equal(provider.normalized.sso_url, 'https://idp.example/sso');
  });
});
