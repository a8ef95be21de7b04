import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadOktaTenant } from '../../../simulators/okta/data.ts';
import { assertServedWhole } from './inventory.ts';

describe('Recorded responses of Okta', () => {
  it('are served exactly as often as they stand in the files, as far as their parents are there', async function () {
    const folder = process.env.RECORDED_RESPONSES;
    if (!folder) {
      process.stderr.write(
        '\nRECORDED_RESPONSES IS NOT SET: the recorded responses of Okta are NOT checked\n\n',
      );
      this.skip();
    }
    const data = loadOktaTenant(join(folder, 'okta'));
    assert.ok(data.apps.length > 0, `${folder}/okta holds no applications`);
    await assertServedWhole(data);
  });
});
