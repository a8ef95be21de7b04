import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEntraTenant, TenantDataError, unreachableObjects } from '../../../simulators/entra/data.ts';
import { tenantOf } from './support.ts';

/** A folder that holds these files for the time of `use`. */
function withFolder(files: Record<string, unknown>, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'entra-tenant-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const federated = (id: string, isRoot = true) => ({ id, authenticationType: 'Federated', isRoot });

describe('Loading the data of an Entra tenant', () => {
  it('reads a file for each collection and takes a missing one as empty', () => {
    const files = {
      'servicePrincipals.json': [{ id: 's' }],
      'crossTenantAccessPolicyPartners.json': [{ tenantId: 't' }],
    };
    withFolder(files, (folder) => {
      const data = loadEntraTenant(folder);
      assert.deepEqual(data.servicePrincipals, [{ id: 's' }]);
      assert.deepEqual(data.crossTenantAccessPolicyPartners, [{ tenantId: 't' }]);
      assert.deepEqual(data.groups, []);
    });
  });

  it('leaves examples, recorded errors and other files alone', () => {
    const files = { 'groups.doc-examples.json': 'not JSON', 'errors.json': '{}', 'page-headers.json': '7' };
    withFolder(files, (folder) => assert.deepEqual(loadEntraTenant(folder).groups, []));
  });

  it('takes children that are kept below their parents', () => {
    const files = {
      'domainFederationConfigurations.json': { 'a.example': { id: 'f1' }, 'b.example': [{ id: 'f2' }] },
      'appRoleAssignedTo.json': { s1: [{ id: 'r1' }, { id: 'r2', resourceId: 's2' }] },
    };
    withFolder(files, (folder) => {
      const data = loadEntraTenant(folder);
      assert.deepEqual(data.domainFederationConfigurations, [
        { domainId: 'a.example', id: 'f1' },
        { domainId: 'b.example', id: 'f2' },
      ]);
      assert.deepEqual(data.appRoleAssignedTo, [
        { resourceId: 's1', id: 'r1' },
        { resourceId: 's2', id: 'r2' },
      ]);
    });
  });

  it('gives configurations as Graph returns them, which name no domain, to the federated roots in order', () => {
    const files = {
      'domains.json': [
        { id: 'managed.example', authenticationType: 'Managed' },
        federated('a.example'),
        federated('sub.a.example', false),
        federated('b.example'),
        federated('c.example'),
      ],
      'domainFederationConfigurations.json': [
        { id: 'f1' },
        { id: 'f2', domainId: 'a.example' },
        { id: 'f3' },
      ],
    };
    withFolder(files, (folder) => {
      const { domainFederationConfigurations } = loadEntraTenant(folder);
      assert.deepEqual(
        domainFederationConfigurations.map(({ id, domainId }) => [id, domainId]),
        [
          ['f1', 'b.example'],
          ['f2', 'a.example'],
          ['f3', 'c.example'],
        ],
      );
    });
  });

  it('guesses nothing when there are more configurations than domains, or fewer', () => {
    const files = {
      'domains.json': [federated('a.example')],
      'domainFederationConfigurations.json': [{ id: 'f1' }, { id: 'f2' }],
    };
    withFolder(files, (folder) => {
      assert.deepEqual(loadEntraTenant(folder).domainFederationConfigurations, [{ id: 'f1' }, { id: 'f2' }]);
    });
  });

  for (const [what, file, text, message] of [
    ['is no JSON', 'groups.json', '[{"id":\n"a"\n]', /groups\.json is not JSON: /],
    ['is no array', 'groups.json', '{}', /groups\.json must hold a JSON array, one group an element$/],
    [
      'holds no object',
      'domains.json',
      '["a.example"]',
      /domains\.json: the element at index 0 is not an object/,
    ],
    [
      'lacks an id',
      'applications.json',
      '[{"id":"a"},{}]',
      /applications\.json: the application at index 1 has no "id"$/,
    ],
    [
      'lacks the id of a tenant',
      'crossTenantAccessPolicyPartners.json',
      '[{"id":"a"}]',
      /crossTenantAccessPolicyPartners\.json: the partner at index 0 has no "tenantId"$/,
    ],
    [
      'holds no object below a parent',
      'federatedIdentityCredentials.json',
      '{"a":[7]}',
      /federatedIdentityCredentials\.json: the element at index 0 is not an object/,
    ],
  ] as const) {
    it(`says in one sentence that a file ${what}, naming the file and the place`, () => {
      withFolder({ [file]: text }, (folder) => {
        assert.throws(
          () => loadEntraTenant(folder),
          (error) =>
            error instanceof TenantDataError && message.test(error.message) && !error.message.includes('\n'),
        );
      });
    });
  }

  it('says that a folder is not there', () => {
    assert.throws(() => loadEntraTenant('/no/such/folder'), {
      message: /^\/no\/such\/folder is not a folder/,
    });
  });
});

describe('Objects of an Entra tenant that no request can reach', () => {
  it('are children of parents that are not in the data, and organizations after the first', () => {
    const data = tenantOf({
      servicePrincipals: [{ id: 's' }],
      appRoleAssignedTo: [
        { id: 'r1', resourceId: 's', principalId: 'u' },
        { id: 'r2', resourceId: 'gone', principalId: 's' },
        { id: 'r3', resourceId: 'gone', principalId: 'u' },
      ],
      domains: [{ id: 'managed.example', authenticationType: 'Managed' }],
      domainFederationConfigurations: [{ id: 'f1', domainId: 'managed.example' }, { id: 'f2' }],
      organization: [{ id: 'o' }, { id: 'p' }],
    });
    assert.deepEqual(
      unreachableObjects(data).map(({ message }) => message),
      [
        'appRoleAssignedTo.json: the app role assignment at index 2 is served nowhere: no service principal answers to gone',
        'domainFederationConfigurations.json: the federation configuration at index 0 is served nowhere: no federated domain answers to managed.example',
        'domainFederationConfigurations.json: the federation configuration at index 1 is served nowhere: it names no federated domain',
        'organization.json: the organization at index 1 is served nowhere: there is one, and the first is taken',
      ],
    );
  });
});
