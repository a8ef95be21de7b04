import assert from 'node:assert/strict';
import type { AdminRole } from '../../../simulators/okta/roles.ts';
import { tenantOf, withOrg } from './support.ts';

const data = tenantOf({});
const superAdmin: AdminRole = { type: 'SUPER_ADMIN', label: 'Super Administrator' };
const inventory: AdminRole = {
  type: 'CUSTOM',
  label: 'Inventory',
  permissions: ['okta.apps.read', 'okta.iam.read'],
};

describe('The roles of whoever made the token', () => {
  it('are told to no token but a super administrator\u2019s, although each is told whose it is', () =>
    withOrg({ data }, async ({ get }) => {
      const me = await get('/api/v1/users/me');
      assert.equal(me.status, 200);
      const { id } = me.body as { id: string };
      const roles = await get(`/api/v1/users/${id}/roles`);
      assert.equal(roles.status, 403);
      assert.equal((roles.body as { errorCode: string }).errorCode, 'E0000006');
      assert.equal((await get('/api/v1/iam/roles/cr0/permissions')).status, 403);
    }));

  it('are listed with what custom ones allow', () =>
    withOrg({ data, roles: [superAdmin, inventory] }, async ({ get }) => {
      const { id } = (await get('/api/v1/users/me')).body as { id: string };
      const roles = (await get(`/api/v1/users/${id}/roles`)).body as Record<string, unknown>[];
      assert.deepEqual(
        roles.map(({ type, label, role }) => [type, label, role]),
        [
          ['SUPER_ADMIN', 'Super Administrator', undefined],
          ['CUSTOM', 'Inventory', 'cr1'],
        ],
      );
      const { body } = await get('/api/v1/iam/roles/cr1/permissions');
      assert.deepEqual(body, { permissions: [{ label: 'okta.apps.read' }, { label: 'okta.iam.read' }] });
      assert.equal((await get('/api/v1/users/00uSomebody/roles')).status, 404);
      assert.equal((await get('/api/v1/iam/roles/cr0/permissions')).status, 404);
    }));

  it('are told where a custom role allows to view administrators', () =>
    withOrg({ data, roles: [inventory] }, async ({ get }) => {
      assert.equal((await get('/api/v1/users/00uTokenMaker/roles')).status, 200);
    }));
});
