import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../scripts/temporal/search-attributes.ts';
import { startTemporalServer } from '../../scripts/temporal/server.ts';
import { loadTemporalSettings, quickTimers, type TemporalSettings } from '../../scripts/temporal/settings.ts';
import { sharedTemporal, temporalCli } from './environment.ts';

/** Where a test's workflows are; nobody else's are there. */
export interface TestTemporal {
  address: string;
  namespace: string;
  stop(): Promise<void>;
}

/** A namespace of its own on the server that all test files share; with settings beyond its, a server of its own. */
export async function openTestTemporal(
  dynamicConfig: TemporalSettings['dynamicConfig'] = {},
): Promise<TestTemporal> {
  const settings = quickTimers(await loadTemporalSettings());
  if (Object.keys(dynamicConfig).length === 0) return openNamespace(settings);
  const server = await startTemporalServer({
    cli: temporalCli(),
    settings: { ...settings, dynamicConfig: { ...settings.dynamicConfig, ...dynamicConfig } },
    port: 0,
    headless: true,
    log: () => undefined,
  });
  return { address: server.address, namespace: settings.namespace, stop: () => server.stop() };
}

const aDay = { seconds: 86_400 as never };

async function openNamespace({ searchAttributes }: TemporalSettings): Promise<TestTemporal> {
  const address = sharedTemporal();
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: aDay });
    await registerSearchAttributes(connection, namespace, searchAttributes);
  } finally {
    await connection.close();
  }
  return { address, namespace, stop: () => Promise.resolve() };
}
