import assert from 'node:assert/strict';
import {
  emptyTenant,
  INVENTED_TENANT,
  loadOktaTenant,
  type OktaTenantData,
} from '../../simulators/okta/data.ts';
import { bareCertificate } from '../support/partnerCertificate.ts';
import { prepareSource, smallOrg, startOkta, walkToPlan } from '../support/okta.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService } from '../support/service.ts';

describe('a preview asks the source, and', () => {
  const service = useService();

  /** The small org with a partner that signs people in. */
  function orgWithPartner(): OktaTenantData {
    const { idps, idpKeys } = loadOktaTenant(INVENTED_TENANT);
    const partner = idps.filter((idp) => idp.name === 'Ostmere Laboratories');
    return { ...smallOrg(), idps: partner, idpKeys };
  }

  /** A plan of an org that is changed before it is previewed. */
  async function previewAfter(
    change: (data: OktaTenantData) => unknown,
    { data = smallOrg(), closed = false } = {},
  ): Promise<{ answer: Answer; steps: Body[] }> {
    const as = service().forTenant();
    const okta = await startOkta({ data });
    try {
      const road = await prepareSource(as, okta.url);
      const { P } = await walkToPlan(as, road);
      change(okta.simulator.data);
      if (closed) await okta.close();
      const answer = await as.call('POST', `${P}/preview`);
      const steps: Body[] = (await as.call('GET', `${P}/steps?limit=200`)).body.data;
      return { answer, steps };
    } finally {
      if (!closed) await okta.close();
    }
  }

  const about = ({ answer }: { answer: Answer }, ...codes: string[]): Body[] =>
    answer.body.warnings.filter((warning: Body) => codes.includes(warning.code));

  it('says nothing of what is as it was, also when the inventory had composed it of several pages', async () => {
    const seen = await previewAfter(() => undefined, { data: orgWithPartner() });
    assert.equal(seen.answer.status, 200, seen.answer.text);
    assert.deepEqual(about(seen, 'source_changed', 'source_unread'), []);
  });

  it('warns of what was changed or is gone there, by its step, and mints a token all the same', async () => {
    const seen = await previewAfter((data) => {
      data.groups.splice(0, 1);
      Object.assign(data.apps[0] ?? {}, { label: 'Renamed' });
      data.appGroups.splice(0, 1);
    });
    assert.equal(seen.answer.status, 200, seen.answer.text);
    const changed = about(seen, 'source_changed').map(({ step_id }) => {
      const step = seen.steps.find((each) => each.id === step_id);
      return step?.item.item_type as string;
    });
    assert.deepEqual([...new Set(changed)].sort(), ['application', 'assignment', 'group']);
    assert.ok(
      about(seen, 'source_changed').some(({ message }) =>
        String(message).includes('no longer at the incumbent'),
      ),
    );
  });

  it('refuses when a planned provider has another certificate there, with both', async () => {
    const now = bareCertificate('rsa2048', { from: '2026-01-01' });
    const seen = await previewAfter(
      (data) => {
        const [idp] = data.idps;
        const { kid } = (idp?.protocol as Body).credentials.trust;
        const key = data.idpKeys.find((each) => each.kid === kid);
        Object.assign(key ?? {}, { x5c: [now] });
      },
      { data: orgWithPartner() },
    );
    assert.deepEqual([seen.answer.status, seen.answer.body.code], [409, 'plan_outdated'], seen.answer.text);
    const [change, ...none] = seen.answer.body.changes.filter((each: Body) => each.code === 'source_changed');
    assert.deepEqual(none, []);
    assert.equal(seen.steps.find((step) => step.id === change.step_id)?.item.name, 'Ostmere Laboratories');
    assert.deepEqual(change.is.certificates, [{ role: 'current', x5c: now }]);
    assert.notDeepEqual(change.was.certificates, change.is.certificates);
  });

  it('refuses when a planned provider is gone there', async () => {
    const seen = await previewAfter((data) => data.idps.splice(0, 1), { data: orgWithPartner() });
    assert.equal(seen.answer.status, 409, seen.answer.text);
    const [change] = seen.answer.body.changes.filter((each: Body) => each.code === 'source_changed');
    assert.deepEqual([change.is, /no longer at the incumbent/.test(change.message)], [null, true]);
  });

  it('goes on without it when it does not answer, and says what is unknown', async () => {
    const seen = await previewAfter(() => undefined, { closed: true });
    assert.equal(seen.answer.status, 200, seen.answer.text);
    assert.deepEqual(
      about(seen, 'source_unread').map(({ message }) => /\d planned \w+/.exec(message)?.[0]),
      ['2 planned applications', '2 planned groups', '3 planned assignments'],
    );
  });

  it('names the newer snapshot and the age of its own', async () => {
    const as = service().forTenant();
    const okta = await startOkta({ data: { ...emptyTenant(), groups: smallOrg().groups } });
    try {
      const road = await prepareSource(as, okta.url);
      const { P, snapshot } = await walkToPlan(as, road);
      await as.call('POST', `${road.S}/snapshots`);
      await service().database.$executeRaw`
        UPDATE "migration_runs" r SET "ended_at" = "ended_at" - interval '1 year' FROM "migration_snapshots" s
         WHERE s."id" = ${snapshot}::uuid AND r."id" = s."run_id"`;
      const answer = await as.call('POST', `${P}/preview`);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(
        about({ answer }, 'newer_snapshot', 'snapshot_old').map((warning) => warning.code),
        ['newer_snapshot', 'snapshot_old'],
      );
    } finally {
      await okta.close();
    }
  });
});
