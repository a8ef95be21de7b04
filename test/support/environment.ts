// What `npm test` provides to every test file.

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set: run this file by "npm test -- <file>".`);
  }
  return value;
}

/** A PostgreSQL server on which databases may be made, and the name of a migrated one to copy. */
export const postgresAdminUrl = (): string => given('TEST_POSTGRES_ADMIN_URL');
export const templateDatabase = (): string => given('TEST_POSTGRES_TEMPLATE');

/** `host:port` of a Temporal server that all test files share. */
export const sharedTemporal = (): string => given('TEST_TEMPORAL_ADDRESS');

/** The workflows, bundled once for all files. */
export const workflowBundle = (): string => given('TEST_WORKFLOW_BUNDLE');

export const temporalCli = (): string => given('TEMPORAL_CLI_PATH');

/** A folder of recorded vendor responses (`okta/`, `entra/`), or null when none is given. */
export const recordedResponses = (): string | null => {
  const folder = process.env.RECORDED_RESPONSES;
  return folder === undefined || folder === '' ? null : folder;
};
