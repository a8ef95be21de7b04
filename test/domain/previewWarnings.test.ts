import assert from 'node:assert/strict';
import {
  boundWarnings,
  stepWarnings,
  type PreviewWarning,
  type WarnedStep,
  type WarningInput,
} from '../../domain/previewWarnings.ts';
import type { LiveResource, Resource } from '../../domain/target.ts';
import { readCertificate } from '../../platform/certificates.ts';
import { bareCertificate } from '../support/partnerCertificate.ts';
import { oidcApplication, samlProvider, tenantGroup } from '../support/target.ts';

const step = (id: string, more: Partial<WarnedStep>): WarnedStep => ({
  id,
  itemId: `item of ${id}`,
  name: id,
  targetContract: 'tenant_group',
  targetPayload: null,
  bound: null,
  members: null,
  requestsSigned: null,
  ...more,
});
const group = (id: string, more: Partial<WarnedStep> = {}) =>
  step(id, { targetPayload: tenantGroup(id), members: 7, ...more });
const application = (id: string, more: Partial<WarnedStep> = {}) =>
  step(id, { targetContract: 'tenant_oidc_application', targetPayload: oidcApplication(id), ...more });
const assignment = (app: string, to: object) =>
  step(`${app} of somebody`, {
    targetContract: 'tenant_app_assignment',
    targetPayload: { application: { step_id: app }, group: to as { step_id: string } },
  });
const live = (resource: Resource, memberCount: number | null = null): LiveResource => ({
  ...resource,
  resourceId: 'live',
  name: 'Live',
  fingerprint: 'f',
  group: { memberCount, masteredBy: null, privileged: null },
});
const liveGroup = (memberCount: number | null) =>
  live({ contract: 'tenant_group', payload: tenantGroup('live') }, memberCount);

const warningsOf = (steps: WarnedStep[], more: Partial<WarningInput> = {}) =>
  stepWarnings({
    steps,
    referred: new Map(),
    unmadeGuards: new Map(),
    certificate: readCertificate,
    now: new Date('2026-11-23T12:00:00Z'),
    ...more,
  });
const codesOf = (warnings: readonly PreviewWarning[]) => warnings.map((each) => [each.code, each.step_id]);

describe('a preview warns', () => {
  it('of an assignment to a group that is created, and so has no members, and says how many it has today', () => {
    const [warning, ...none] = warningsOf([group('g'), application('a'), assignment('a', { step_id: 'g' })]);
    assert.deepEqual(none, []);
    assert.deepEqual([warning?.code, warning?.step_id], ['assignment_to_empty_group', 'a of somebody']);
    assert.match(warning?.message ?? '', /\u201cg\u201d is created without members; it has 7 members/);
  });

  it('of an assignment to a live group only when the target says that it is empty', () => {
    for (const [count, expected] of [
      [0, 1],
      [3, 0],
      [null, 0],
    ] as const) {
      const bound = group('g', { targetPayload: null, bound: liveGroup(count) });
      const steps = [bound, application('a'), assignment('a', { step_id: 'g' })];
      assert.equal(warningsOf(steps).length, expected, String(count));
      const referring = [application('a'), assignment('a', { resource_id: 'live' })];
      const referred = new Map([['live', liveGroup(count)]]);
      assert.equal(warningsOf(referring, { referred }).length, expected, String(count));
    }
  });

  it('of an application that people sign in to and no planned step lets anybody into', () => {
    assert.deepEqual(codesOf(warningsOf([application('a')])), [['application_unreachable', 'a']]);
    const service = oidcApplication('s', { grant_types: ['client_credentials'], response_types: [] });
    assert.deepEqual(warningsOf([application('s', { targetPayload: service })]), []);
    const bound = live({ contract: 'tenant_oidc_application', payload: oidcApplication('b') });
    assert.deepEqual(warningsOf([application('b', { targetPayload: null, bound })]), []);
  });

  it('of an application whose policies are rebuilt by hand, by name', () => {
    const steps = [
      application('a', { bound: null, targetPayload: null }),
      application('b', { targetPayload: null }),
    ];
    const [warning, ...none] = warningsOf(steps, {
      unmadeGuards: new Map([['item of a', ['Two factors', 'Office']]]),
    });
    assert.deepEqual(none, []);
    assert.deepEqual([warning?.code, warning?.step_id], ['unguarded_until_follow_up', 'a']);
    assert.match(
      warning?.message ?? '',
      /\u201cTwo factors\u201d, \u201cOffice\u201d.*those policies are rebuilt/,
    );
  });

  const provider = (until: string, more: Partial<WarnedStep> = {}) =>
    step('p', {
      targetContract: 'upstream_saml_provider',
      targetPayload: samlProvider('p', { signing_certificates: [bareCertificate('ec', { until })] }),
      ...more,
    });

  it('of a certificate that ends within thirty days or has ended, also of a provider that is bound', () => {
    assert.deepEqual(warningsOf([provider('2026-12-24T00:00:00Z')]), []);
    for (const [until, words] of [
      ['2026-12-23T00:00:00Z', 'expires on 2026-12-23'],
      ['2026-11-01T00:00:00Z', 'expired on 2026-11-01'],
    ] as const) {
      const created = provider(until);
      const payload = created.targetPayload as ReturnType<typeof samlProvider>;
      const bound = live({ contract: 'upstream_saml_provider', payload });
      for (const warned of [created, provider(until, { targetPayload: null, bound })]) {
        const [warning, ...none] = warningsOf([warned]);
        assert.deepEqual(none, []);
        assert.equal(warning?.code, 'certificate_expires_within_30_days');
        assert.ok(warning.message.includes(words), warning.message);
      }
    }
  });

  it('of requests to a provider that are signed today and will not be, or the other way round', () => {
    const far = '2040-01-01';
    assert.deepEqual(codesOf(warningsOf([provider(far, { requestsSigned: true })])), [
      ['provider_request_signing_differs', 'p'],
    ]);
    for (const requestsSigned of [false, null])
      assert.deepEqual(warningsOf([provider(far, { requestsSigned })]), []);
  });

  it('of the first fifty of a kind one by one, and says how many more there are', () => {
    const warnings = Array.from({ length: 53 }, (_, number) => ({
      code: 'source_changed' as const,
      message: String(number),
      step_id: String(number),
    }));
    const single = { code: 'classifier_newer' as const, message: 'one', step_id: null };
    const bounded = boundWarnings([...warnings, single]);
    assert.equal(bounded.length, 52);
    assert.deepEqual(bounded.at(-1), {
      code: 'source_changed',
      message: '3 more of these are not listed.',
      step_id: null,
    });
    assert.deepEqual(boundWarnings(warnings.slice(0, 50)), warnings.slice(0, 50));
  });
});
