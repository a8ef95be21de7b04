import assert from 'node:assert/strict';
import { entraApplicationRules } from '../../../../domain/rules/entra/application/index.ts';
import { compatibilityClasses } from '../../../../domain/assessment.ts';
import type { Body } from '../../../support/answer.ts';
import { itHoldsInPairs } from '../okta/pairs.ts';
import {
  approximate,
  changed,
  firedIn,
  manual,
  native,
  pointersInto,
  setAt,
  visible,
  type Pair,
} from '../okta/support.ts';
import { cleanApplications, judgeServicePrincipal, type ApplicationCase } from './support.ts';

type Change = (given: ApplicationCase) => void;

const nothing: Change = () => undefined;
const both =
  (...changes: Change[]): Change =>
  (given) =>
    changes.forEach((change) => change(given));
const set =
  (members: Body): Change =>
  (given) =>
    Object.assign(given.principal, members);
const mode = (preferredSingleSignOnMode: string | null) => set({ preferredSingleSignOnMode });
const saml = mode('saml');
const owner = (appOwnerOrganizationId: string | null) => set({ appOwnerOrganizationId });
const other = owner('0d00c2eb-ff13-4e66-b90d-86c002668ed6');
const noReply = set({ replyUrls: [] });
const gallery = set({ applicationTemplateId: '6f7c4c90-73d5-45b5-b7d1-574adb3ef8bf' });
const job: Change = (given) =>
  given.jobs.push({ id: 'j-1', templateId: 'payroll', status: { code: 'Active' } });
const unregistered: Change = (given) => (given.registration = null);

const pair = (rule: string, fires: Change, spares: Change, ...classes: Pair<unknown>['classes']) => ({
  rule,
  fires,
  spares,
  classes,
});

const pairs: readonly Pair<ApplicationCase>[] = [
  pair('microsoft', owner('f8cdef31-a31e-4b4a-93e4-5f571e91255a'), other, visible, manual),
  pair('microsoft', owner('72F988BF-86F1-41AF-91AB-2D7CD011DB47'), nothing, visible, approximate),
  pair(
    'microsoft',
    both(owner(null), set({ appId: '00000003-0000-0000-C000-000000000000' })),
    owner(null),
    visible,
    manual,
  ),
  pair(
    'managed_identity',
    both(set({ servicePrincipalType: 'ManagedIdentity' }), owner(null)),
    owner(null),
    visible,
    manual,
  ),
  pair(
    'social',
    both(set({ servicePrincipalType: 'SocialIdp' }), owner(null)),
    nothing,
    visible,
    approximate,
  ),
  pair('disabled', set({ accountEnabled: false }), nothing, visible, approximate),
  pair(
    'disabled_by_microsoft',
    set({ disabledByMicrosoftStatus: 'DisabledDueToViolationOfServicesAgreement' }),
    set({ disabledByMicrosoftStatus: 'NotDisabled' }),
    visible,
    approximate,
  ),
  pair('state_unknown', set({ accountEnabled: null }), nothing, manual, approximate),
  pair('type_unknown', set({ servicePrincipalType: null }), nothing, manual, approximate),
  pair('legacy', set({ servicePrincipalType: 'Legacy' }), nothing, manual, approximate),
  pair('vendor_owned', other, both(other, mode('password')), manual, visible),
  pair('owner_unknown', owner(null), nothing, manual, approximate),
  pair('saml', saml, mode('oidc'), manual, approximate),
  pair('saml', set({ preferredTokenSigningKeyThumbprint: 'AB12' }), nothing, manual, approximate),
  pair('saml_addresses', saml, both(saml, set({ accountEnabled: false })), manual, visible),
  pair(
    'saml_relay_state',
    both(saml, set({ samlSingleSignOnSettings: { relayState: '/start' } })),
    saml,
    manual,
    manual,
  ),
  pair('saml_login_url', both(saml, set({ loginUrl: 'https://payroll.example/' })), saml, manual, manual),
  pair('saml_logout', both(saml, set({ logoutUrl: 'https://payroll.example/out' })), saml, manual, manual),
  pair(
    'saml_claims_policy',
    both(saml, (given) => given.claimsPolicies.push('p-1')),
    saml,
    manual,
    manual,
  ),
  pair(
    'saml_roles',
    both(
      saml,
      set({ appRoles: [{ id: 'r', value: 'Approver', isEnabled: true, allowedMemberTypes: ['User'] }] }),
    ),
    both(
      saml,
      set({
        appRoles: [
          {
            id: 'r',
            value: null,
            displayName: 'msiam_access',
            isEnabled: true,
            allowedMemberTypes: ['User'],
          },
        ],
      }),
    ),
    manual,
    manual,
  ),
  pair('password', mode('password'), mode('oidc'), visible, approximate),
  pair('linked', mode('linked'), mode('oidc'), visible, approximate),
  pair('protocol_unknown', gallery, both(gallery, mode('oidc')), manual, approximate),
  pair('protocol_unknown', mode('notSupported'), nothing, manual, approximate),
  pair('oidc_style', nothing, noReply, approximate, visible),
  pair('oidc_style', mode('oidc'), saml, approximate, manual),
  pair('covered_by_registration', noReply, nothing, visible, approximate),
  pair('registration_missing', both(noReply, unregistered), noReply, manual, visible),
  pair(
    'on_premises',
    set({ tags: ['WindowsAzureActiveDirectoryOnPremApp'] }),
    set({ tags: [] }),
    manual,
    approximate,
  ),
  pair('launch_link', nothing, set({ tags: ['HideApp'] }), approximate, approximate),
  pair('launch_link', nothing, noReply, approximate, visible),
  pair(
    'everyone_may_enter',
    both(saml, set({ appRoleAssignmentRequired: false })),
    set({ appRoleAssignmentRequired: false }),
    manual,
    approximate,
  ),
  pair('provisioning', both(saml, job), saml, manual, manual),
  pair(
    'provisioning_unread',
    both(saml, (given) => given.refused.push('synchronization_jobs')),
    (given) => given.refused.push('synchronization_jobs'),
    manual,
    approximate,
  ),
];

describe("the rules of Entra's service principals", () => {
  itHoldsInPairs({
    ruleSet: {
      ...entraApplicationRules,
      rules: entraApplicationRules.rules.filter(({ id }) => id.startsWith('entra.service_principal.')),
    },
    pairs,
    item: 'a service principal',
    idOf: (rule) => `entra.service_principal.${rule}`,
    clean: cleanApplications,
    judge: judgeServicePrincipal,
  });

  it('would make a client of what is OpenID Connect of the directory\u2019s own, and of nothing else', () => {
    const contract = (...changes: Change[]) =>
      judgeServicePrincipal(changed(cleanApplications, ...changes)).target_contract;
    assert.deepEqual(
      [nothing, mode('oidc'), saml, mode('password'), other, noReply, gallery].map((change) =>
        contract(change),
      ),
      ['tenant_oidc_application', 'tenant_oidc_application', 'none', 'none', 'none', 'none', 'none'],
    );
  });

  it('say that planning leaves to a person what the evidence does not tell', () => {
    const verdict = judgeServicePrincipal(cleanApplications());
    const [finding] = verdict.findings.filter(({ rule_id }) => rule_id.endsWith('.oidc_style'));
    assert.match(finding?.text ?? '', /does not tell a confidential client from a public one/);
    assert.match(finding?.remedy ?? '', /^Planning leaves it to you/);
  });

  it('list what a SAML application is rebuilt from', () => {
    const { rationale } = judgeServicePrincipal(
      changed(cleanApplications, saml, set({ servicePrincipalNames: ['https://payroll.example/saml'] })),
    );
    assert.match(
      rationale,
      /sent to https:\/\/payroll\.example\/cb; it is known as https:\/\/payroll\.example\/saml\./,
    );
  });

  it('degrade a word that is new, in every member that has a closed set', () => {
    for (const member of ['servicePrincipalType', 'preferredSingleSignOnMode', 'disabledByMicrosoftStatus']) {
      const verdict = judgeServicePrincipal(changed(cleanApplications, set({ [member]: 'newInGraph' })));
      assert.equal(verdict.compatibility_class, manual, member);
      assert.ok(firedIn(verdict).includes('entra.application.unknown_value'), member);
    }
  });

  it('never fail, never find nothing and never find it native, whatever stands in any member', () => {
    for (const kind of [nothing, saml, mode('password'), noReply, other]) {
      const clean = () => changed(cleanApplications, kind);
      for (const pointer of pointersInto(clean().principal).filter((each) => each !== '/id')) {
        for (const value of [undefined, null, '', 'x', -1, true, [], [null], {}, { '': null }]) {
          const verdict = judgeServicePrincipal(
            changed(clean, (given) => setAt(given.principal, pointer, value)),
          );
          assert.ok(!firedIn(verdict).includes('no_rule'), `${pointer} ${JSON.stringify(value)}`);
          assert.notEqual(verdict.compatibility_class, native);
          assert.ok(compatibilityClasses.includes(verdict.compatibility_class));
        }
      }
    }
  });
});
