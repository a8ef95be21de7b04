import { devNull } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

export interface TemporalPlace {
  connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
  namespace: string;
}

/** Where Temporal is, as the `TEMPORAL_*` variables or a profile of Temporal's own configuration say. */
export function readTemporalPlace(env: Readonly<Record<string, string | undefined>>): TemporalPlace {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  // The loader cannot read an empty configuration file, which is how the variables are made to stand alone.
  const disableFile = env.TEMPORAL_CONFIG_FILE === devNull;
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars, disableFile });
  return { connectionOptions, namespace: namespace ?? 'default' };
}

/**
 * A client that connects when it is first used, so that the API comes up while Temporal is away and answers 503 for
 * what needs it.
 */
export function createTemporalClient(place: TemporalPlace, identity: string): Client {
  const connection = Connection.lazy({ ...place.connectionOptions });
  return new Client({ connection, namespace: place.namespace, identity });
}
