import assert from 'node:assert/strict';
import { emptyTenant } from '../../../../simulators/entra/data.ts';
import { assertEntraInventory } from '../../../support/entraInventory.ts';
import { collectEntra } from '../../../support/entra.ts';
import { startEntra } from '../../../support/entraSimulator.ts';
import { useService } from '../../../support/service.ts';
import { startWorkerProcess } from '../../../support/workerProcess.ts';

describe('A worker process', () => {
  const service = useService({ worker: false });

  it('reads a directory at the addresses and with the authority that its variables name, and logs no secret', async () => {
    const entra = await startEntra({
      data: { ...emptyTenant(), groups: [{ id: 'g-1', displayName: 'Depot', groupTypes: [] }] },
      clientSecret: 'a-secret-that-nobody-logs',
    });
    const worker = await startWorkerProcess(service(), {
      SOURCE_HOST_ALLOWLIST: '',
      SOURCE_CA_FILE: entra.caFile,
      ENTRA_LOGIN_URL: entra.url,
      ENTRA_GRAPH_URL: entra.url,
      LOG_LEVEL: 'trace',
    });
    try {
      const { service: own, snapshot } = await collectEntra(service(), entra);
      await assertEntraInventory(own, snapshot, entra.simulator.data);
      assert.ok(!worker.log().includes('a-secret-that-nobody-logs'));
    } finally {
      await worker.stop();
      await entra.close();
    }
  }).timeout(60_000);
});
