import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadEntraTenant, type EntraTenantData } from '../simulators/entra/data.ts';
import { loadOktaTenant, type OktaTenantData } from '../simulators/okta/data.ts';
import { assertEntraInventory } from './support/entraInventory.ts';
import { collectEntra } from './support/entra.ts';
import { startEntra } from './support/entraSimulator.ts';
import { recordedResponses } from './support/environment.ts';
import { assertInventory, collect } from './support/inventory.ts';
import { startOkta } from './support/okta.ts';
import { withParents } from './support/recordedOkta.ts';
import { useService } from './support/service.ts';

/** The folder of recorded responses; without one the test is skipped, and says so. */
function recordedOrSkip(test: Mocha.Context): string {
  const folder = recordedResponses();
  if (folder !== null) return folder;
  process.stderr.write('\nRECORDED_RESPONSES IS NOT SET: the recorded responses are NOT collected\n\n');
  return test.skip();
}

describe('Recorded responses of Okta', () => {
  const service = useService();

  const cases: [string, (data: OktaTenantData) => OktaTenantData][] = [
    ['as they stand', (data) => data],
    ['with a parent for every child that was recorded without one', withParents],
  ];
  for (const [title, prepared] of cases) {
    it(`arrive as items or are accounted for in the ledger, none dropped, none doubled: ${title}`, async function () {
      this.timeout(60_000);
      const folder = recordedOrSkip(this);
      const data = prepared(loadOktaTenant(join(folder, 'okta')));
      assert.ok(data.apps.length > 0, `${folder}/okta holds no applications`);
      const okta = await startOkta({ data });
      try {
        const { service: own, snapshot } = await collect(service(), okta.url);
        await assertInventory(own, snapshot, data);
      } finally {
        await okta.close();
      }
    });
  }
});

/** Recordings hold assignments to resources that were not recorded; each is given its service principal. */
function withServicePrincipals(data: EntraTenantData): EntraTenantData {
  const known = new Set(data.servicePrincipals.map(({ id }) => id));
  const missing = new Set(
    data.appRoleAssignedTo.map(({ resourceId }) => resourceId).filter((id) => !known.has(id)),
  );
  const made = [...missing].map((id) => ({ id, displayName: `Resource ${String(id)}` }));
  return { ...data, servicePrincipals: [...data.servicePrincipals, ...made] };
}

describe('Recorded responses of Microsoft Graph', () => {
  const service = useService();

  const cases: [string, (data: EntraTenantData) => EntraTenantData][] = [
    ['as they stand', (data) => data],
    ['with a service principal for every assignment that was recorded without one', withServicePrincipals],
  ];
  for (const [title, prepared] of cases) {
    it(`arrive as items or are accounted for in the ledger, none dropped, none doubled: ${title}`, async function () {
      this.timeout(60_000);
      const folder = recordedOrSkip(this);
      const entra = await startEntra({ data: prepared(loadEntraTenant(join(folder, 'entra'))) });
      const { data } = entra.simulator;
      assert.ok(data.servicePrincipals.length > 0, `${folder}/entra holds no service principals`);
      try {
        const { service: own, snapshot } = await collectEntra(service(), entra);
        await assertEntraInventory(own, snapshot, data);
      } finally {
        await entra.close();
      }
    });
  }
});
