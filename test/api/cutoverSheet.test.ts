import assert from 'node:assert/strict';
import { INVENTED_TENANT, loadOktaTenant } from '../../simulators/okta/data.ts';
import type { Body } from '../support/answer.ts';
import { readCsv } from '../support/csv.ts';
import { previewedPlan, type PreviewedPlan } from '../support/cutover.ts';
import { smallOrg } from '../support/okta.ts';
import { useService } from '../support/service.ts';
import { samlProvider } from '../support/target.ts';
import { bareCertificate } from '../support/partnerCertificate.ts';

describe('the cutover sheet', () => {
  const service = useService();
  let at: PreviewedPlan;
  const certificate = bareCertificate('ec', { until: '2031-05-06T00:00:00Z' });
  const former = bareCertificate('ec', { until: '2025-05-11T00:00:00Z' });

  before(async () => {
    const { idps, idpKeys } = loadOktaTenant(INVENTED_TENANT);
    const partner = idps.filter((idp) => idp.name === 'Ostmere Laboratories');
    at = await previewedPlan(service(), { ...smallOrg(), idps: partner, idpKeys });
    const { own, road, steps, plan } = at;
    // Whatever is planned of a provider today: the sheet tells what is.
    await own.database.step.updateMany({
      where: { planId: plan, itemType: 'provider' },
      data: {
        ...{ status: 'planned', disposition: 'planned', action: 'create', targetKeys: [] },
        targetContract: 'upstream_saml_provider',
        targetPayload: samlProvider('partner', { signing_certificates: [certificate, former] }),
      },
    });
    const noteOf = (name: string, more: object) => {
      const item = steps.find((step) => step.item.name === name)?.item;
      return { source_id: road.source, item_type: item.item_type, external_id: item.external_id, ...more };
    };
    const notes = [
      noteOf('Instrument Registry', { owner_contact: '=cmd()|<b>Edda</b>', ticket: 'T-1' }),
      noteOf('Ostmere Laboratories', { done_by_hand: { at: '2026-11-20T10:00:00Z', by: 'Finn' } }),
    ];
    const noted = await own.call('PUT', `${road.W}/item-notes`, { body: { notes } });
    assert.equal(noted.status, 200, noted.text);
  });

  const sheet = (accept?: string, query = '') =>
    at.own.call('GET', `${at.P}/sheet${query}`, accept === undefined ? {} : { headers: { accept } });

  it('tells of each application what its owner needs that night', async () => {
    const answer = await sheet();
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.plan_id, at.plan);
    const rows: Body[] = answer.body.applications.data;
    assert.deepEqual(rows.map((row) => row.name).sort(), ['Instrument Registry', 'Sensor Commissioning']);
    const row = rows.find((each) => each.name === 'Instrument Registry') ?? {};
    const step = at.steps.find((each) => each.item.name === 'Instrument Registry');
    const issuer = `https://target.example/tenants/${at.own.tenant}`;
    assert.deepEqual(
      [row.status, row.action, row.owner_contact, row.ticket, row.secret_state],
      ['planned', 'create', '=cmd()|<b>Edda</b>', 'T-1', 'none'],
    );
    assert.deepEqual(
      [row.new_client_id, row.redirect_uris],
      [step?.target_payload.client_id, step?.target_payload.redirect_uris],
    );
    assert.deepEqual([row.issuer, row.discovery_url], [issuer, `${issuer}/.well-known/openid-configuration`]);
    assert.deepEqual(
      row.groups.map((group: Body) => [group.name, typeof group.members]),
      [
        ['Workshop', 'number'],
        ['Field Engineers', 'number'],
      ],
    );
    assert.deepEqual(row.guarding_policies, ['Any two factors']);
    assert.equal(row.client_id_note !== null, row.old_client_id === row.new_client_id);
  });

  it('tells of each provider what both sides need, and whether the partner has confirmed', async () => {
    const [provider, ...none] = (await sheet()).body.providers;
    assert.deepEqual(none, []);
    const payload = samlProvider('partner');
    assert.deepEqual(
      [provider.name, provider.entity_id, provider.sso_url, provider.service_provider],
      ['Ostmere Laboratories', payload.entity_id, payload.sso_url, payload.service_provider],
    );
    const [{ sha256, not_after }] = provider.certificates;
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.equal(not_after, '2031-05-06T00:00:00.000Z');
    assert.deepEqual(provider.partner_confirmed, { by: 'Finn', at: '2026-11-20T10:00:00.000Z' });
  });

  it('gives applications page by page', async () => {
    const first = (await sheet(undefined, '?limit=1')).body;
    const second = (await sheet(undefined, `?limit=1&cursor=${first.applications.next_cursor}`)).body;
    assert.equal(second.applications.next_cursor, null);
    assert.deepEqual(
      [...first.applications.data, ...second.applications.data],
      (await sheet()).body.applications.data,
    );
  });

  it('as CSV has a line for each, and nothing that a spreadsheet would run', async () => {
    const answer = await sheet('text/csv');
    assert.match(answer.headers.get('content-disposition') ?? '', /cutover-sheet-.*\.csv/);
    const [header = [], ...rows] = readCsv(answer.text);
    assert.deepEqual(
      rows.map((row) => row[0]),
      ['provider', 'application', 'application'],
    );
    for (const row of rows) assert.equal(row.length, header.length);
    const owners = rows.map((row) => row[header.indexOf('owner_contact')]);
    assert.ok(owners.includes("'=cmd()|<b>Edda</b>"), owners.join());
    assert.equal(rows[0]?.[header.indexOf('partner_confirmed_by')], 'Finn');
  });

  it('as a page can be printed, and holds names as text alone', async () => {
    const answer = await sheet('text/html');
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.ok(answer.text.includes('Ostmere Laboratories') && answer.text.includes('Sensor Commissioning'));
    assert.ok(answer.text.includes('2026-11-20 10:00 UTC by <bdi>Finn</bdi>'));
    assert.ok(!answer.text.includes('<b>Edda</b>'));
    assert.ok(answer.text.includes('<dd>Planned: to be created</dd>'));
    assert.match(answer.text, /, until 2031-05-06<.*, EXPIRED on 2025-05-11</);
    assert.ok(answer.text.trimEnd().endsWith('</html>'));
  });
});
