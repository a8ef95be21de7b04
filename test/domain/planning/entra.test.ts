import assert from 'node:assert/strict';
import type { Candidate } from '../../../domain/planning/candidate.ts';
import { applicationPayload } from '../../../domain/planning/payload.ts';
import type { StoredItem } from '../../../domain/inventory/item.ts';
import { builtInTarget } from '../../../domain/rules/targetProfile.ts';
import { payloadSchemas } from '../../../domain/target.ts';
import type { Body } from '../../support/answer.ts';
import { bareCertificate } from '../../support/partnerCertificate.ts';
import {
  cleanApplications,
  judgeRegistration,
  judgeServicePrincipal,
  registrationOf,
  servicePrincipalOf,
} from '../rules/entra/support.ts';
import { assignmentCandidate, buildPlan, faultsOf, groupCandidate, planInput, stepId } from './support.ts';

const key = (): Body => ({
  keyId: 'key-1',
  type: 'AsymmetricX509Cert',
  usage: 'Verify',
  startDateTime: '2024-01-01T00:00:00Z',
  endDateTime: '2030-01-01T00:00:00Z',
  key: bareCertificate(),
});

/** A registration with other members, and what it would be created as. */
function payloadOf(members: Body) {
  const given = cleanApplications();
  Object.assign(given.registration, members);
  assert.equal(judgeRegistration(given).compatibility_class, 'native_import');
  const payload = applicationPayload(registrationOf(given), 'chosen', builtInTarget);
  assert.ok(payload);
  assert.deepEqual(payloadSchemas.tenant_oidc_application.parse(payload), payload);
  return payload;
}

const candidate = (n: number, item: StoredItem, more: Partial<Candidate>): Candidate => ({
  ...groupCandidate(n, 'Group'),
  stepId: stepId(n),
  item: { ...item, id: `item-${n}`, ordinal: BigInt(n) },
  ...more,
});

/** The plan of an application of Entra with its two items, a group, and the group's assignment to it. */
function planOf({ registered = true } = {}) {
  const given = cleanApplications();
  const [ofRegistration, ofPrincipal] = [judgeRegistration(given), judgeServicePrincipal(given)];
  const registration = candidate(1, registrationOf(given), {
    compatibilityClass: ofRegistration.compatibility_class,
    targetContract: ofRegistration.target_contract,
  });
  const principal = candidate(2, servicePrincipalOf(given), {
    compatibilityClass: ofPrincipal.compatibility_class,
    targetContract: ofPrincipal.target_contract,
    remedy: 'See its registration.',
  });
  const group = groupCandidate(3, 'Dispatchers');
  const assignment = assignmentCandidate(4, principal, group);
  const candidates = [...(registered ? [registration] : []), principal, group, assignment];
  const steps = buildPlan(planInput(candidates));
  assert.deepEqual(faultsOf(steps, candidates), []);
  return (n: number) => {
    const step = steps.find(({ id }) => id === stepId(n));
    assert.ok(step);
    return step;
  };
}

describe('what is written of a native registration of Entra', () => {
  it('is a confidential client for the web, which sends its new secret in the body', () => {
    assert.deepEqual(payloadOf({}), {
      name: 'Payroll',
      client_id: 'chosen',
      client_type: 'confidential',
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://payroll.example/cb'],
      post_logout_redirect_uris: [],
      jwks: null,
      jwks_uri: null,
    });
  });

  it('is one with the public keys of its certificates where it has those alone', () => {
    const certificate = key();
    const payload = payloadOf({ passwordCredentials: [], keyCredentials: [certificate] });
    assert.deepEqual(
      [payload.client_type, payload.token_endpoint_auth_method],
      ['confidential', 'private_key_jwt'],
    );
    const [jwk, ...others] = payload.jwks?.keys ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual([jwk?.kty, jwk?.use, jwk?.x5c], ['RSA', 'sig', [certificate.key]]);
    assert.deepEqual(Object.keys(jwk ?? {}).sort(), ['e', 'kty', 'n', 'use', 'x5c', 'x5t', 'x5t#S256']);
  });

  for (const [platform, redirectUri, type] of [
    ['spa', 'https://payroll.example/spa', 'spa'],
    ['publicClient', 'com.example.payroll://auth', 'native'],
  ] as const) {
    it(`is a public client with PKCE for ${platform}`, () => {
      const payload = payloadOf({
        passwordCredentials: [],
        web: { ...cleanApplications().registration.web, redirectUris: [] },
        [platform]: { redirectUris: [redirectUri] },
      });
      assert.deepEqual(
        [
          payload.client_type,
          payload.token_endpoint_auth_method,
          payload.application_type,
          payload.redirect_uris,
        ],
        ['public', 'none', type, [redirectUri]],
      );
    });
  }
});

describe('a plan for an application of Entra', () => {
  it('creates it from its registration, and leaves its service principal to a person', () => {
    const step = planOf();
    assert.deepEqual([step(1).disposition, step(1).action], ['planned', 'create']);
    assert.deepEqual([step(2).disposition, step(2).reasonCode], ['manual_follow_up', 'client_type_unknown']);
    assert.match(step(2).reason ?? '', /See its registration\./);
    assert.equal(step(2).targetPayload, null);
  });

  it('assigns to what is created from the registration what Entra assigns to the service principal', () => {
    const step = planOf();
    assert.equal(step(4).disposition, 'planned');
    assert.deepEqual(step(4).dependsOn, [stepId(1), stepId(3)]);
    assert.deepEqual(step(4).targetPayload, {
      application: { step_id: stepId(1) },
      group: { step_id: stepId(3) },
    });
  });

  it('assigns nothing where the registration is not in the plan', () => {
    const step = planOf({ registered: false })(4);
    assert.deepEqual([step.disposition, step.reasonCode], ['manual_follow_up', 'dependency_not_planned']);
  });
});
