import assert from 'node:assert/strict';
import { normalizeAppRoleAssignment } from '../../../../../activities/sources/entra/normalize/assignment.ts';
import { normalizeConditionalAccess } from '../../../../../activities/sources/entra/normalize/conditionalAccess.ts';
import { normalizeDomain } from '../../../../../activities/sources/entra/normalize/domain.ts';
import { normalizeGroup } from '../../../../../activities/sources/entra/normalize/group.ts';
import type { NormalItem } from '../../../../../domain/inventory/item.ts';
import { formSchemas } from '../../../../support/normalForms.ts';

function valid<Item extends NormalItem>(item: Item): Item {
  assert.deepEqual(formSchemas[item.itemType].parse(item.normalized), item.normalized);
  return item;
}

describe('A group of Entra', () => {
  const group = (more: object) => valid(normalizeGroup({ id: 'g', displayName: 'Depot', ...more }));

  it('gets its members from a directory, from a rule or by hand, in this order', () => {
    const kind = (more: object) => group(more).normalized.kind;
    assert.equal(kind({ groupTypes: [] }), 'assigned');
    assert.equal(kind({ groupTypes: ['Unified'] }), 'assigned');
    assert.equal(kind({ groupTypes: ['Unified', 'DynamicMembership'] }), 'dynamic');
    assert.equal(
      kind({ groupTypes: ['DynamicMembership'], onPremisesSyncEnabled: true }),
      'mastered_elsewhere',
    );
    assert.equal(kind({ groupTypes: [], onPremisesSyncEnabled: false }), 'assigned');
    assert.equal(kind({}), 'assigned');
  });

  it('is called after what Microsoft calls its kind', () => {
    const kind = (securityEnabled: unknown, mailEnabled: unknown, groupTypes: string[] = []) =>
      group({ securityEnabled, mailEnabled, groupTypes }).vendorKind;
    assert.equal(kind(true, false), 'security');
    assert.equal(kind(true, true), 'mail-enabled security');
    assert.equal(kind(false, true), 'distribution');
    assert.equal(kind(false, true, ['Unified']), 'Unified');
    assert.equal(kind(null, null), 'unknown');
  });

  it('marks words that are new', () => {
    const { normalized } = group({ groupTypes: ['Unified', 'Crowd'], visibility: 'Secret' });
    assert.deepEqual(
      normalized.unknown_values.map(({ pointer }) => pointer),
      ['/groupTypes/1', '/visibility'],
    );
    assert.deepEqual(normalized.entra?.group_types, ['Unified', 'Crowd']);
  });
});

describe('An app role assignment', () => {
  const assignment = (more: object) =>
    valid(
      normalizeAppRoleAssignment(
        {
          id: 'a',
          principalId: 'p',
          principalDisplayName: 'Depot',
          resourceId: 'sp',
          resourceDisplayName: 'Ledger',
          ...more,
        },
        'sp-of-the-path',
      ),
    );
  const reference = (item: NormalItem<'assignment'>) => item.normalized.references[1];

  it('is named after its ends and points to what it assigns to', () => {
    const toGroup = assignment({ principalType: 'Group' });
    assert.equal(toGroup.name, 'Ledger \u2190 Depot');
    assert.deepEqual(toGroup.normalized.references, [
      { relation: 'application', item_type: 'application', external_id: 'sp' },
      { relation: 'group', item_type: 'group', external_id: 'p' },
    ]);
    assert.deepEqual(reference(assignment({ principalType: 'User' })), {
      relation: 'user',
      item_type: null,
      external_id: 'p',
    });
    assert.deepEqual(reference(assignment({ principalType: 'ServicePrincipal' })), {
      relation: 'service_principal',
      item_type: 'application',
      external_id: 'p',
    });
  });

  it('to a principal of a kind that is new says so and is nobody\u2019s', () => {
    const { normalized, vendorKind } = assignment({ principalType: 'Robot' });
    assert.equal(normalized.principal_type, 'unknown');
    assert.equal(vendorKind, 'Robot');
    assert.deepEqual(normalized.unknown_values, [{ pointer: '/principalType', value: 'Robot' }]);
  });

  it('has a role only where one is named: all zeros is plain access', () => {
    const role = (appRoleId: unknown) => assignment({ principalType: 'Group', appRoleId }).normalized.role;
    assert.equal(role('00000000-0000-0000-0000-000000000000'), null);
    assert.equal(role(null), null);
    assert.equal(role('8d5f'), '8d5f');
  });

  it('belongs to the service principal that was asked for when it names none', () => {
    assert.equal(assignment({ resourceId: null }).normalized.application, 'sp-of-the-path');
  });
});

describe('A domain of Entra', () => {
  it('is of its people, called by its name, verified only where Entra says so', () => {
    const domain = valid(
      normalizeDomain({ id: 'a.example', isVerified: true, authenticationType: 'Federated', isRoot: true }),
    );
    assert.equal(domain.externalId, 'a.example');
    assert.equal(domain.normalized.use, 'people');
    assert.equal(domain.normalized.verified, true);
    assert.equal(domain.normalized.entra?.authentication_type, 'Federated');
    assert.equal(normalizeDomain({ id: 'b.example', isVerified: null }).normalized.verified, false);
  });
});

describe('A conditional access policy', () => {
  const guid = (last: string) => `00000000-0000-4000-8000-00000000000${last}`;
  const policy = (more: object) =>
    valid(normalizeConditionalAccess({ id: 'p', displayName: 'MFA', ...more }));

  it('points to the groups, applications and locations of its conditions, each word left where it is', () => {
    const { normalized } = policy({
      state: 'enabled',
      conditions: {
        users: { includeUsers: ['All'], includeGroups: [guid('1')], excludeGroups: [guid('2')] },
        applications: { includeApplications: ['Office365', guid('3')], excludeApplications: [guid('4')] },
        locations: { includeLocations: ['AllTrusted', guid('5')], excludeLocations: ['All'] },
      },
      grantControls: { operator: 'OR', builtInControls: ['mfa'] },
    });
    assert.deepEqual(
      normalized.references.map(({ relation, external_id, alternate_id }) => [
        relation,
        external_id,
        alternate_id,
      ]),
      [
        ['included_group', guid('1'), undefined],
        ['excluded_group', guid('2'), undefined],
        ['application_condition', guid('3'), `service_principal:${guid('3')}`],
        ['application_condition', guid('4'), `service_principal:${guid('4')}`],
        ['network_zone', guid('5'), undefined],
      ],
    );
    assert.equal(normalized.active, true);
    assert.deepEqual(normalized.settings.grantControls, { operator: 'OR', builtInControls: ['mfa'] });
  });

  it('is not active when it only reports, and keeps the absence of controls', () => {
    const { normalized, status } = policy({
      state: 'enabledForReportingButNotEnforced',
      conditions: {},
      grantControls: null,
      sessionControls: { persistentBrowser: { mode: 'never' } },
    });
    assert.equal(normalized.active, false);
    assert.equal(status, 'enabledForReportingButNotEnforced');
    assert.equal(normalized.settings.grantControls, null);
    assert.deepEqual(normalized.unknown_values, []);
  });

  it('marks the words that are new', () => {
    const { normalized } = policy({
      state: 'dreaming',
      conditions: { clientAppTypes: ['all', 'toaster'], platforms: { includePlatforms: ['amiga'] } },
      grantControls: { operator: 'XOR', builtInControls: ['mfa', 'handshake'] },
    });
    assert.deepEqual(
      normalized.unknown_values.map(({ pointer }) => pointer),
      [
        '/conditions/clientAppTypes/1',
        '/conditions/platforms/includePlatforms/0',
        '/grantControls/operator',
        '/grantControls/builtInControls/1',
        '/state',
      ],
    );
  });
});
