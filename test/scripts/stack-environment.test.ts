import assert from 'node:assert/strict';
import { placeApi } from '../../scripts/stack-environment.ts';

describe('the place of the API', () => {
  it('has a port that the system lends to no connection before the API listens', async () => {
    for (const env of [{ PORT: '0' }, { PORT: '0', HOST: '127.0.0.1' }]) {
      const { port, url } = await placeApi(env);
      assert.ok(port >= 10_000 && port < 32_768, String(port));
      assert.equal(url, `http://127.0.0.1:${port}`);
    }
  });
});
