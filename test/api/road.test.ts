import assert from 'node:assert/strict';
import { prepareSource, previewToken, startOkta, walkToPlan, type RunningOkta } from '../support/okta.ts';
import { useService } from '../support/service.ts';

describe('the road of one Okta tenant', () => {
  const service = useService();
  let okta: RunningOkta;
  before(async () => {
    okta = await startOkta();
  });
  after(() => okta.close());

  it('leads from the inventory to applied steps with evidence', async () => {
    const road = await prepareSource(service(), okta.url);
    const { P } = await walkToPlan(service(), road);
    const applied = await service().call('POST', `${P}/apply`, {
      body: { preview_token: await previewToken(service(), P) },
    });
    assert.equal(applied.status, 200, applied.text);
    assert.equal(applied.body.status, 'completed_with_follow_up');
    assert.equal(applied.body.summary.failed, 0);
    assert.ok(
      applied.body.generated_secrets.every(
        (secret: { client_secret: string }) => secret.client_secret.length > 40,
      ),
    );
    const evidence = await service().call('GET', `${P}/evidence`);
    assert.equal(evidence.body.plan.status, 'applied_with_follow_up');
    assert.equal(evidence.body.latest_execution.id, applied.body.id);
  }).timeout(60_000);
});
