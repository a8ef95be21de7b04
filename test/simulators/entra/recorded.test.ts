import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadEntraTenant } from '../../../simulators/entra/data.ts';
import { assertServedWhole } from './inventory.ts';

describe('Recorded responses of Microsoft Graph', () => {
  it('are served exactly as often as they stand in the files, as far as their parents are there', async function () {
    const folder = process.env.RECORDED_RESPONSES;
    if (!folder) {
      process.stderr.write(
        '\nRECORDED_RESPONSES IS NOT SET: the recorded responses of Microsoft Graph are NOT checked\n\n',
      );
      this.skip();
    }
    const data = loadEntraTenant(join(folder, 'entra'));
    assert.ok(data.servicePrincipals.length > 0, `${folder}/entra holds no service principals`);
    await assertServedWhole(data);
  });
});
