import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { assertLedgerAddsUp, collect, ledgerRow } from '../../support/inventory.ts';
import { smallOrg, startOkta } from '../../support/okta.ts';
import { withGateway } from '../../support/gateway.ts';
import { closing, type Arrived } from '../../support/sockets.ts';
import type { Body } from '../../support/answer.ts';
import { useService } from '../../support/service.ts';

const isGroups = ({ url }: { url: string }) => /^\/api\/v1\/groups\?limit=\d+$/.test(url);

const group = (id: string, profile: string): string =>
  `{"id":"${id}","type":"OKTA_GROUP","profile":{"name":"${id}",${profile}}}`;

const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

describe('Objects that nobody expects', () => {
  const service = useService();

  /** Collects an org with these groups, and gives the snapshot with its groups by external id. */
  async function collectGroups(
    groups: readonly (string | Buffer)[],
    use: (collected: {
      snapshot: Body;
      read: (id: string) => Promise<{ item: Body; text: string }>;
      page: () => Promise<string>;
    }) => Promise<void>,
  ): Promise<Buffer> {
    const parts = groups.flatMap((each, index) => [Buffer.from(index === 0 ? '' : ','), Buffer.from(each)]);
    const bytes = Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')]);
    const gateway = { body: (request: Arrived) => (isGroups(request) ? bytes : undefined) };
    await withGateway({ data: smallOrg() }, gateway, async (origin) => {
      const { service: own, road, snapshot } = await collect(service(), origin);
      assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
      assertLedgerAddsUp(snapshot);
      assert.equal(ledgerRow(snapshot, 'groups').items, groups.length);
      const N = `${road.S}/snapshots/${snapshot.id as string}`;
      const list = await own.call('GET', `${N}/items?item_type=group&limit=200`);
      const items = new Map<string, Body>(list.body.data.map((item: Body) => [item.external_id, item]));
      await use({
        snapshot,
        read: async (id) => {
          const { text, body } = await own.call('GET', `${N}/items/${items.get(id)?.id}`);
          return { item: body, text };
        },
        page: async () => {
          const [{ id }] = [...items.values()][0]?.evidence as [Body];
          const evidence = await own.database.evidencePage.findUniqueOrThrow({ where: { id } });
          assert.deepEqual(Buffer.from(evidence.sha256), createHash('sha256').update(bytes).digest());
          assert.equal(evidence.bytes, bytes.length);
          return (await own.call('GET', `${N}/evidence/${id as string}/raw`)).text;
        },
      });
    });
    return bytes;
  }

  it('are kept whole: one of 5 MB, one of 40 levels', async () => {
    const large = group('00gLarge', `"note":"${'x'.repeat(5 * 1024 * 1024)}"`);
    const deep = group('00gDeep', `"note":${nested(38)}`);
    await collectGroups([large, deep, group('00gPlain', '"note":1')], async ({ read, page }) => {
      assert.ok((await read('00gLarge')).text.includes(`"raw_payload":${large}`));
      assert.ok((await read('00gDeep')).text.includes(`"raw_payload":${deep}`));
      assert.equal((await read('00gPlain')).item.raw_payload.profile.note, 1);
      assert.equal(await page(), `[${large},${deep},${group('00gPlain', '"note":1')}]`);
    });
  });

  it('are read where a byte is no UTF-8, and the evidence has that very byte', async () => {
    const odd = Buffer.concat([
      Buffer.from('{"id":"00gOdd","type":"OKTA_GROUP","profile":{"name":"caf'),
      Buffer.from([0xe9]),
      Buffer.from('"}}'),
    ]);
    const bytes = await collectGroups([odd], async ({ read, page }) => {
      const { item } = await read('00gOdd');
      assert.equal(item.name, 'caf\ufffd');
      // The digest of what was received is that of the bytes, which is checked with the page.
      assert.ok((await page()).startsWith('[{"id":"00gOdd"'));
    });
    assert.ok(bytes.includes(0xe9));
  });

  it('are read with the later of two members of one name, as every parser does, and kept with both', async () => {
    const twice = '{"id":"00gTwice","type":"BUILT_IN","type":"OKTA_GROUP","profile":{"name":"A","name":"B"}}';
    await collectGroups([twice], async ({ read }) => {
      const { item, text } = await read('00gTwice');
      assert.deepEqual([item.name, item.vendor_kind], ['B', 'OKTA_GROUP']);
      assert.ok(text.includes(`"raw_payload":${twice}`));
    });
  });

  it('have a member called __proto__ like any other, and change nothing beside them', async () => {
    const text =
      '{"id":"00gProto","__proto__":{"polluted":true},"type":"OKTA_GROUP","profile":{"name":"P","__proto__":{"polluted":true}}}';
    await collectGroups([text, group('00gPlain', '"note":1')], async ({ read }) => {
      const { item, text: answered } = await read('00gProto');
      assert.ok(item.normalized.custom_attributes.includes('__proto__'));
      assert.ok(answered.includes(`"raw_payload":${text}`));
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      assert.deepEqual((await read('00gPlain')).item.normalized.custom_attributes, ['note']);
    });
  });

  it('hold numbers that no double holds as they stand, and in normal form not at all rather than rounded', async () => {
    const data = smallOrg();
    const okta = await startOkta({ data });
    const assigned = data.appGroups.find(({ id }) => id === data.groups[0]?.id);
    const big = '9007199254740993';
    okta.simulator.intercept = ({ path }) =>
      path.endsWith('/groups') && path.includes('/apps/') && assigned
        ? { rawBody: `[{"id":"${String(assigned.id)}","priority":${big}}]`, headers: { link: undefined } }
        : undefined;
    await closing(okta, async ({ url }) => {
      const { service: own, road, snapshot } = await collect(service(), url);
      assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
      const list = await own.call(
        'GET',
        `${road.S}/snapshots/${snapshot.id as string}/items?item_type=assignment&include=raw_payload`,
      );
      assert.ok(list.text.includes(`"priority":${big}`), 'the vendor\u2019s own digits');
      assert.ok(!list.text.includes('9007199254740992'), 'and no others');
      const item = list.body.data.find(({ external_id }: Body) => external_id.includes('/group/'));
      assert.equal(item.normalized.priority, null);
      assert.deepEqual(item.normalized.unparsable, ['/priority']);
    });
  });
});
