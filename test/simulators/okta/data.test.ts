import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOktaTenant, TenantDataError, unreachableObjects } from '../../../simulators/okta/data.ts';
import { tenantOf } from './support.ts';

/** A folder that holds these files for the time of `use`. */
function withFolder(files: Record<string, string>, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'okta-tenant-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('Loading the data of an Okta tenant', () => {
  it('reads a file for each collection and takes a missing one as empty', () => {
    const files = { 'apps.json': '[{"id":"a"}]', 'idp-discovery-rules.json': '[{"id":"r"},{"id":"r"}]' };
    withFolder(files, (folder) => {
      const data = loadOktaTenant(folder);
      assert.deepEqual(data.apps, [{ id: 'a' }]);
      assert.equal(data.idpDiscoveryRules.length, 2);
      assert.deepEqual(data.authorizationServerPolicies, []);
    });
  });

  it('leaves examples, recorded errors and other files alone', () => {
    const files = { 'apps.doc-examples.json': 'not JSON', 'errors.json': '{}', 'SOURCES.md': '#' };
    withFolder(files, (folder) => assert.deepEqual(loadOktaTenant(folder).apps, []));
  });

  it('reads a file that starts with a byte order mark', () => {
    withFolder({ 'apps.json': '\uFEFF[{"id":"a"}]' }, (folder) => {
      assert.equal(loadOktaTenant(folder).apps.length, 1);
    });
  });

  for (const [what, file, text, message] of [
    ['is no JSON', 'apps.json', '[{"id":\n"a"\n]', /apps\.json is not JSON: /],
    ['is no array', 'groups.json', '{}', /groups\.json must hold a JSON array, one group an element$/],
    [
      'holds no object',
      'idps.json',
      '[{"id":"a"}, 7]',
      /idps\.json: the element at index 1 is not an object/,
    ],
    ['lacks an id', 'zones.json', '[{"id":"a"},{}]', /zones\.json: the network zone at index 1 has no "id"$/],
    [
      'lacks a kid',
      'idp-keys.json',
      '[{"id":"a"}]',
      /idp-keys\.json: the identity provider key at index 0 has no "kid"$/,
    ],
    ['has an empty id', 'apps.json', '[{"id":""}]', /apps\.json: the application at index 0 has no "id"$/],
  ] as const) {
    it(`says in one sentence that a file ${what}, naming the file and the place`, () => {
      withFolder({ [file]: text }, (folder) => {
        assert.throws(
          () => loadOktaTenant(folder),
          (error) =>
            error instanceof TenantDataError && message.test(error.message) && !error.message.includes('\n'),
        );
      });
    });
  }

  it('says that a folder is not there', () => {
    assert.throws(() => loadOktaTenant('/no/such/folder'), {
      message: /^\/no\/such\/folder is not a folder/,
    });
  });
});

describe('Objects of an Okta tenant that no request can reach', () => {
  it('are children of parents that are not in the data', () => {
    const data = tenantOf({
      apps: [{ id: 'a', credentials: { signing: { kid: 'k' } } }],
      appGroups: [
        { id: 'g', _links: { app: { href: 'https://x.example/api/v1/apps/a' } } },
        { id: 'g', _links: { app: { href: 'https://x.example/api/v1/apps/gone' } } },
      ],
      appUsers: [{ id: 'u' }],
      appKeys: [{ kid: 'k' }, { kid: 'other' }],
    });
    assert.deepEqual(
      unreachableObjects(data).map(({ message }) => message),
      [
        'app-groups.json: the group assignment at index 1 is served nowhere: no application answers to gone',
        'app-keys.json: the application key at index 1 is served nowhere: no application answers to other',
        'app-users.json: the user assignment at index 0 is served nowhere: it names no application',
      ],
    );
  });

  it('are routing rules of an org without a routing policy, and orgs after the first', () => {
    const data = tenantOf({ idpDiscoveryRules: [{ id: 'r' }], org: [{ id: 'o' }, { id: 'p' }] });
    assert.deepEqual(
      unreachableObjects(data).map(({ collection, index }) => [collection, index]),
      [
        ['idpDiscoveryRules', 0],
        ['org', 1],
      ],
    );
  });
});
