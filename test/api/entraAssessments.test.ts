import assert from 'node:assert/strict';
import { judgeDirectory } from '../domain/rules/entra/tenant.ts';
import type { Body } from '../support/answer.ts';
import { collectEntra } from '../support/entra.ts';
import { startEntra } from '../support/entraSimulator.ts';
import { useService } from '../support/service.ts';

describe('Assessments of an Entra directory', () => {
  const service = useService();

  it('judge every item in the database as the rules judge it in memory', async function () {
    this.timeout(60_000);
    const entra = await startEntra();
    try {
      const { service: own, road, snapshot } = await collectEntra(service(), entra);
      const begun = await own.call('POST', `${road.W}/snapshots/${snapshot.id}/assessments`);
      assert.equal(begun.status, 201, begun.text);
      const told = new Map<string, unknown>();
      let page = '?limit=100';
      for (;;) {
        const items = await own.call('GET', `${road.W}/assessments/${begun.body.id}/items${page}`);
        assert.equal(items.status, 200, items.text);
        for (const { item, compatibility_class, findings } of items.body.data as Body[]) {
          const rules = findings.map((finding: Body) => finding.rule_id);
          told.set(`${item.item_type} ${item.external_id}`, [compatibility_class, rules]);
        }
        if (!items.body.next_cursor) break;
        page = `?limit=100&cursor=${encodeURIComponent(items.body.next_cursor)}`;
      }
      const { data, tenantId } = entra.simulator;
      const expected = judgeDirectory(data, tenantId).map(({ item, verdict }): [string, unknown] => [
        `${item.itemType} ${item.externalId}`,
        [verdict.compatibility_class, verdict.findings.map((finding) => finding.rule_id)],
      ]);
      const sorted = (entries: Iterable<[string, unknown]>) =>
        [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
      assert.deepEqual(sorted(told), sorted(expected));
      assert.equal(told.size, snapshot.item_count);
    } finally {
      await entra.close();
    }
  });
});
