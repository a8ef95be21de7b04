import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Prisma } from '../../prisma/client.ts';
import type { OktaTenantData } from '../../simulators/okta/data.ts';
import type { Answer, Body } from '../support/answer.ts';
import { acknowledgeAll, prepareSource, smallOrg, startOkta, type Road } from '../support/okta.ts';
import { readCsv } from '../support/csv.ts';
import { useService, type Service } from '../support/service.ts';

const hostile = [
  '=HYPERLINK("http://evil.example","click")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\u202egnp.exe \u05d0\u05d1\u05d2',
  'comma, "quote" and\nline',
  'L'.repeat(4096),
] as const;

describe('an assessment\u2019s reports', () => {
  const service = useService();
  let as: Service;
  let road: Road;
  let assessment: Body;
  let A: string;

  before(async function () {
    this.timeout(60_000);
    as = service().forTenant();
    const org = await startOkta({ data: orgOf(hostile) });
    road = await prepareSource(as, org.url);
    const snapshot = (await as.call('POST', `${road.S}/snapshots`)).body.id as string;
    assessment = (await as.call('POST', `${road.W}/snapshots/${snapshot}/assessments`)).body;
    A = `${road.W}/assessments/${assessment.id}`;
    await org.close();
    await as.call('PUT', `${road.W}/item-notes`, { body: { notes: notes() } });
  });

  function orgOf(names: readonly string[]): OktaTenantData {
    const org = smallOrg();
    const [group] = org.groups;
    const named = names.map((name, index) => ({
      ...group,
      id: `00gHostile${index}`,
      profile: { name, description: null },
    }));
    return { ...org, groups: [...org.groups, ...named] };
  }

  const notes = () => [
    {
      source_id: road.source,
      item_type: 'group',
      external_id: '00gHostile0',
      owner_contact: '<b>@evil</b>',
      wave: '=1+1',
      ticket: '\u202eT',
      intent: 'retire',
      done_by_hand: { at: '2026-03-01T12:00:00.000Z', by: '<i>Edda</i>' },
    },
    { source_id: road.source, item_type: 'group', external_id: 'gone', owner_contact: 'nobody@acme.example' },
  ];

  const asked = (path: string, accept: string): Promise<Answer> =>
    as.call('GET', path, { headers: { accept } });

  describe('as CSV', () => {
    it('hold every item once, whatever its name, with a header and the same words as the list', async () => {
      const answer = await asked(`${A}/items`, 'text/csv');
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
      const file = `attachment; filename="assessment-${assessment.id}.csv"`;
      assert.equal(answer.headers.get('content-disposition'), file);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      const [header = [], ...rows] = readCsv(answer.text);
      assert.deepEqual(
        header.join(),
        'item_type,name,external_id,vendor_kind,compatibility_class,target_contract,rationale,blocked_reason,' +
          'approximation_notes,operator_impact,user_impact,lifts_to,rules,remedies,owner_contact,wave,ticket,' +
          'intent,done_by_hand_at',
      );
      const { data } = (await as.call('GET', `${A}/items?limit=200`)).body;
      assert.equal(rows.length, assessment.summary.total);
      for (const [index, row] of rows.entries()) {
        assert.equal(row.length, header.length);
        const { item, compatibility_class, rationale, findings } = data[index];
        const cells = Object.fromEntries(header.map((name, column) => [name, row[column]]));
        assert.equal(cells.external_id, item.external_id);
        assert.equal(cells.name?.replace(/^'/, ''), item.name);
        assert.deepEqual([cells.compatibility_class, cells.rationale], [compatibility_class, rationale]);
        assert.equal(cells.rules, findings.map((finding: Body) => finding.rule_id).join(' '));
      }
    });

    it('hold nothing that a spreadsheet takes for a formula', async () => {
      const { text } = await asked(A, 'text/csv');
      const rows = readCsv(text);
      for (const cell of rows.flat()) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
      const cells = new Set(rows.flat());
      for (const name of hostile) {
        assert.ok(cells.has(/^[=+\-@]/.test(name) ? `'${name}` : name), name.slice(0, 40));
      }
      assert.ok(cells.has("'=1+1"), 'a note too');
      assert.ok(cells.has('2026-03-01T12:00:00.000Z'));
    });

    it('hold what passes the filters of the list, however little', async () => {
      const groups = readCsv((await asked(`${A}/items?item_type=group`, 'text/csv')).text);
      assert.equal(groups.length - 1, hostile.length + 2);
      assert.equal(
        (await asked(`${A}/items?search=nothing+like+it`, 'text/csv')).text.split('\r\n').length,
        2,
      );
      const wrong = await asked(`${A}/items?item_type=person`, 'text/csv');
      assert.deepEqual([wrong.status, wrong.body.code], [422, 'validation_failed']);
      const nul = await asked(`${A}/items?search=%00`, 'text/csv');
      assert.deepEqual([nul.status, nul.body.code], [422, 'validation_failed']);
    });
  });

  describe('as a page', () => {
    let page: Answer;
    before(async () => {
      await acknowledgeAll(as, road, assessment.id);
      page = await asked(A, 'text/html');
      assert.equal(page.status, 200, page.text);
    });

    it('run nothing and fetch nothing, and are allowed to do neither', () => {
      assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
      assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
      const [, style] = /<style>([^]*?)<\/style>/.exec(page.text) ?? [];
      assert.ok(style);
      const hash = createHash('sha256').update(style).digest('base64');
      assert.equal(
        page.headers.get('content-security-policy'),
        `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      );
      assert.doesNotMatch(page.text, /<script|<img|<link|<iframe|<form|\sstyle=|\son\w+=["']|javascript:/i);
    });

    it('are made of whole elements, and every value in them is text', () => {
      const tags = page.text.match(/<\/?[a-z][^>]*>/gi) ?? [];
      const known = new Set(
        'html head meta title style body main h1 h2 h3 p dl dt dd table thead tbody tr th td b br span ul li bdi'.split(
          ' ',
        ),
      );
      const open: string[] = [];
      for (const tag of tags) {
        const [, closing, name = ''] = /^<(\/?)([a-z0-9]+)/i.exec(tag) ?? [];
        assert.ok(known.has(name), tag);
        if (name === 'meta' || name === 'br') continue;
        if (closing === '/') assert.equal(open.pop(), name, tag);
        else open.push(name);
      }
      assert.deepEqual(open, []);
      assert.ok(page.text.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
      assert.ok(page.text.includes('&lt;b&gt;@evil&lt;/b&gt;'));
    });

    it('tell what was judged, the totals, what people will notice and whether somebody knows', async () => {
      assert.ok(page.text.includes(assessment.classifier_version));
      assert.ok(page.text.includes('Okta'));
      const { ocm_impacts: impacts } = (await as.call('GET', A)).body;
      assert.ok(impacts.length > 0);
      for (const { summary, acknowledged } of impacts) {
        assert.ok(page.text.includes(summary.replaceAll('"', '&quot;')), summary);
        assert.ok(page.text.includes(acknowledged.by));
      }
      assert.doesNotMatch(page.text, /Not yet/);
    });

    it('list every item under its verdict, and again under its owner where one is known', () => {
      const ofClass = page.text.slice(page.text.indexOf('<h2>Cannot move') + 1);
      for (const { item } of assessment.items.data as Body[]) {
        const found = page.text.split(`<bdi>${item.external_id}</bdi>`).length - 1;
        assert.equal(found, item.external_id === '00gHostile0' ? 2 : 1, item.external_id);
      }
      assert.ok(ofClass.length > 0);
      const owners = [...page.text.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, owner]) => owner);
      assert.deepEqual(
        owners,
        ['<bdi>&lt;b&gt;@evil&lt;/b&gt;</bdi>'],
        'an owner of nothing here is not named',
      );
    });
  });

  it('are given to who asks for them alone: JSON is what everybody else gets', async () => {
    for (const accept of ['*/*', 'application/json', 'image/png', 'application/json, text/html;q=0.5', '']) {
      const answer = await asked(A, accept);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, accept);
      assert.match(answer.headers.get('vary') ?? '', /accept/i);
    }
    const browser = await asked(A, 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8');
    assert.match(browser.headers.get('content-type') ?? '', /^text\/html/);
    const list = await asked(`${A}/items`, 'text/html');
    assert.match(list.headers.get('content-type') ?? '', /^application\/json/, 'the list is no page');
  });

  it('are told of by HEAD without being sent', async () => {
    const url = `${service().url}/api/v1/tenants/${as.tenant}/migrations${A}`;
    const headers = { authorization: `Bearer ${await as.token()}`, accept: 'text/html' };
    const answer = await fetch(url, { method: 'HEAD', headers });
    assert.deepEqual([answer.status, await answer.text()], [200, '']);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none';/);
  });

  it('need what the assessment needs: a token, its tenant, the right to view', async () => {
    const headers = { accept: 'text/csv' };
    assert.equal((await as.call('GET', A, { headers, token: null })).status, 401);
    assert.equal((await service().forTenant().call('GET', A, { headers })).status, 404);
    const token = await as.token({ permissions: [] });
    assert.equal((await as.call('GET', A, { headers, token })).status, 403);
  });

  describe('of an assessment', () => {
    const path = () => `${service().url}/api/v1/tenants/${as.tenant}/migrations${A}`;
    const authorized = async (accept: string) => ({ authorization: `Bearer ${await as.token()}`, accept });

    /** A copy of many times as many items, so that no batch holds them all. */
    before(async () => {
      const { snapshot_id: snapshot, id } = assessment;
      await as.database.$executeRaw`
        INSERT INTO "migration_inventory_items" ("id", "tenant_id", "snapshot_id", "chain_id", "pass", "item_type",
          "source_type", "external_id", "name", "status", "vendor_kind", "normalized", "fingerprint", "evidence")
        SELECT gen_random_uuid(), i."tenant_id", i."snapshot_id", i."chain_id", i."pass", i."item_type", i."source_type",
               'copy' || n, 'Copy ' || n, i."status", i."vendor_kind", i."normalized", i."fingerprint", i."evidence"
          FROM (SELECT * FROM "migration_inventory_items" WHERE "snapshot_id" = ${snapshot}::uuid
                 AND "external_id" = '00gHostile0') i CROSS JOIN generate_series(1, 10000) AS n`;
      await as.database.$executeRaw`
        INSERT INTO "migration_item_assessments" ("tenant_id", "assessment_id", "item_id", "ordinal", "item_type",
          "compatibility_class", "target_contract", "operator_impact", "user_impact", "rule_ids", "lifts_to", "evidence")
        SELECT a."tenant_id", a."assessment_id", i."id", i."ordinal", a."item_type", a."compatibility_class",
               a."target_contract", a."operator_impact", a."user_impact", a."rule_ids", a."lifts_to", a."evidence"
          FROM "migration_inventory_items" i
          JOIN "migration_item_assessments" a ON a."assessment_id" = ${id}::uuid
          JOIN "migration_inventory_items" o ON o."id" = a."item_id" AND o."external_id" = '00gHostile0'
         WHERE i."snapshot_id" = ${snapshot}::uuid AND i."external_id" LIKE 'copy%'`;
    });

    it('with more items than a batch are whole', async function () {
      this.timeout(30_000);
      const rows = readCsv((await asked(`${A}/items?search=copy`, 'text/csv')).text);
      assert.equal(new Set(rows.map((row) => row[2])).size, 10_001);
      const page = await asked(A, 'text/html');
      assert.equal(page.text.match(/<bdi>copy\d+<\/bdi>/g)?.length, 10_000);
    });

    it('are no longer made when the reader has gone', async () => {
      const controller = new AbortController();
      const answer = await fetch(path(), {
        headers: await authorized('text/html'),
        signal: controller.signal,
      });
      const reader = answer.body?.getReader();
      assert.ok((await reader?.read())?.value);
      controller.abort();
      const after = await as.call('GET', `${A}/unlock`);
      assert.equal(after.status, 200, 'the service goes on');
    });

    it('that break off while they are read are not taken for whole ones', async () => {
      const answer = await fetch(path(), { headers: await authorized('text/csv') });
      assert.equal(answer.status, 200);
      const reader = answer.body?.getReader();
      await reader?.read();
      await as.database.$executeRaw`ALTER TABLE "migration_item_notes" RENAME TO "elsewhere"`;
      try {
        await assert.rejects(async () => {
          while (!(await reader?.read())?.done);
        });
      } finally {
        await as.database.$executeRaw`ALTER TABLE "elsewhere" RENAME TO "migration_item_notes"`;
      }
    });

    it('that is not completed are refused in JSON, whatever was asked for', async () => {
      const own = { where: { id: assessment.id as string } };
      const { summary } = await as.database.assessment.findUniqueOrThrow(own);
      await as.database.assessment.update({ ...own, data: { status: 'failed', summary: Prisma.DbNull } });
      try {
        for (const [where, accept] of [
          [A, 'text/html'],
          [A, 'text/csv'],
          [`${A}/items`, 'text/csv'],
        ] as const) {
          const { status, body } = await asked(where, accept);
          assert.deepEqual([status, body.code], [409, 'assessment_not_completed'], `${where} ${accept}`);
        }
      } finally {
        const again = { status: 'completed', summary: summary as object };
        await as.database.assessment.update({ ...own, data: again });
      }
    });
  });
});
