import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemporalClient, readTemporalPlace } from '../../platform/temporal.ts';

const alone = { TEMPORAL_CONFIG_FILE: devNull };

describe('where Temporal is', () => {
  it('is said by the variables, with the default namespace', () => {
    const place = readTemporalPlace({ ...alone, TEMPORAL_ADDRESS: 'temporal.example:7233' });
    assert.equal(place.connectionOptions.address, 'temporal.example:7233');
    assert.equal(place.namespace, 'default');
    assert.ok(!place.connectionOptions.tls);
  });

  it('may have a namespace of its own, and an API key, which turns TLS on', () => {
    const place = readTemporalPlace({
      ...alone,
      TEMPORAL_ADDRESS: 'acme.tmprl.cloud:7233',
      TEMPORAL_NAMESPACE: 'acme.idm',
      TEMPORAL_API_KEY: 'key',
      TEMPORAL_UNSET: undefined,
    });
    assert.equal(place.namespace, 'acme.idm');
    assert.ok(place.connectionOptions.tls);
    assert.equal(place.connectionOptions.apiKey, 'key');
  });

  it('may be said by a profile of Temporal’s own configuration, over which the variables win', () => {
    const folder = mkdtempSync(join(tmpdir(), 'identity-migration-temporal-'));
    try {
      const file = join(folder, 'temporal.toml');
      writeFileSync(file, '[profile.default]\naddress = "file.example:7233"\nnamespace = "from-file"\n');
      const fromFile = readTemporalPlace({ TEMPORAL_CONFIG_FILE: file });
      assert.deepEqual(
        [fromFile.connectionOptions.address, fromFile.namespace],
        ['file.example:7233', 'from-file'],
      );
      const both = readTemporalPlace({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_ADDRESS: 'env.example:7233' });
      assert.deepEqual([both.connectionOptions.address, both.namespace], ['env.example:7233', 'from-file']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is not asked before there is something to ask, so that the API comes up without it', async () => {
    const place = { connectionOptions: { address: '127.0.0.1:1' }, namespace: 'default' };
    const client = createTemporalClient(place, 'test');
    assert.equal(client.options.identity, 'test');
    await client.connection.close();
  });
});
