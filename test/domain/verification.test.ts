import assert from 'node:assert/strict';
import {
  checkedCollection,
  graphPermissionWrites,
  oktaPermissionWrites,
  oktaRoleWrites,
  writeWarnings,
  writingDirectoryRoles,
} from '../../domain/verification.ts';

const groups = { name: 'groups', required: true };

describe('A check of a credential says of a collection', () => {
  it('that it can be read, with the answer that proved it', () => {
    const row = checkedCollection('okta', groups, { found: 'readable', status: 200 });
    assert.deepEqual(row, {
      collection: 'groups',
      required: true,
      readable: true,
      http_status: 200,
      vendor_code: null,
      meaning: null,
      missing: null,
      remedy: null,
    });
  });

  it('which permission is missing and how to grant it', () => {
    const refused = { found: 'refused', status: 403, code: 'E0000006', meaning: 'not_permitted' } as const;
    const okta = checkedCollection('okta', groups, refused);
    assert.deepEqual([okta.readable, okta.missing], [false, 'okta.groups.read']);
    assert.match(okta.remedy ?? '', /okta\.groups\.read.*Administrators/);
    const entra = checkedCollection('entra', groups, { ...refused, code: 'Authorization_RequestDenied' });
    assert.equal(entra.missing, 'Group.Read.All');
    assert.match(entra.remedy ?? '', /Group\.Read\.All.*admin consent/);
  });

  it('that nothing is missing where the org has no such thing', () => {
    for (const meaning of ['not_licensed', 'not_there', 'unreadable'] as const) {
      const row = checkedCollection('okta', groups, { found: 'refused', status: 401, code: null, meaning });
      assert.deepEqual([row.readable, row.meaning, row.missing], [false, meaning, null]);
      assert.ok(row.remedy);
    }
  });

  it('that the credential itself is refused', () => {
    for (const [sourceType, missing] of [
      ['okta', 'a valid API token'],
      ['entra', 'a valid client secret'],
    ] as const) {
      const outcome = { found: 'credential_refused', status: 401, code: 'E0000011' } as const;
      const row = checkedCollection(sourceType, groups, outcome);
      assert.deepEqual([row.readable, row.missing, row.vendor_code], [false, missing, 'E0000011']);
      assert.match(row.remedy ?? '', /replace the source/);
    }
  });
});

describe('A credential can write', () => {
  it('as any standard administrator of Okta but those who only look', () => {
    for (const role of ['SUPER_ADMIN', 'ORG_ADMIN', 'APP_ADMIN', 'HELP_DESK_ADMIN', 'A_NEW_ROLE']) {
      assert.equal(oktaRoleWrites(role), true, role);
    }
    for (const role of ['READ_ONLY_ADMIN', 'REPORT_ADMIN']) assert.equal(oktaRoleWrites(role), false, role);
  });

  it('with a permission of a custom role that is not for reading', () => {
    for (const permission of ['okta.apps.manage', 'okta.groups.create', 'okta.workflows.invoke']) {
      assert.equal(oktaPermissionWrites(permission), true, permission);
    }
    for (const permission of ['okta.apps.read', 'okta.agents.view', 'okta.users.apitokens.read']) {
      assert.equal(oktaPermissionWrites(permission), false, permission);
    }
  });

  it('with an application permission of Graph whose operation is another than reading', () => {
    for (const permission of [
      'Application.ReadWrite.All',
      'Application.ReadWrite.OwnedBy',
      'Directory.ReadWrite.All',
      'Mail.Send',
      'User.ManageIdentities.All',
      'Sites.FullControl.All',
      'Something',
    ]) {
      assert.equal(graphPermissionWrites(permission), true, permission);
    }
    for (const permission of [
      'Application.Read.All',
      'User.ReadBasic.All',
      'Policy.Read.ConditionalAccess',
      'Domain-InternalFederation.Read.All',
    ]) {
      assert.equal(graphPermissionWrites(permission), false, permission);
    }
  });

  it('with a directory role, told by name where it is known, but not with one that reads or means nothing', () => {
    const roles = [
      '0997a1d0-0d1d-4acb-b408-d5ca73121e90',
      '88d8e3e3-8f55-4a1e-953a-9b9898b8876b',
      '62e90394-69f5-4237-9190-012177145e10',
      '00000000-0000-4000-8000-000000000000',
    ];
    assert.deepEqual(writingDirectoryRoles(roles), [
      'Global Administrator',
      'directory role 00000000-0000-4000-8000-000000000000',
    ]);
  });

  it('and is warned of, by name', () => {
    const [warning] = writeWarnings('entra', { rights: ['Group.ReadWrite.All'], complete: true });
    assert.deepEqual([warning?.code, warning?.rights], ['can_write', ['Group.ReadWrite.All']]);
    assert.match(warning?.message ?? '', /Group\.ReadWrite\.All/);
  });

  it('as far as anybody knows when the incumbent does not tell, and then that is said', () => {
    const [warning] = writeWarnings('okta', { rights: [], complete: false });
    assert.equal(warning?.code, 'write_rights_unknown');
    assert.deepEqual(writeWarnings('okta', { rights: [], complete: true }), []);
  });
});
