import assert from 'node:assert/strict';
import { collectionsOf } from '../../domain/collections/definitions.ts';
import { readPermission } from '../../domain/collections/permissions.ts';
import { workflowIdOf } from '../../domain/run.ts';
import { READ_PERMISSIONS } from '../../simulators/entra/permissions.ts';
import type { EntraSimulatorOptions } from '../../simulators/entra/server.ts';
import { emptyTenant } from '../../simulators/okta/data.ts';
import { oktaError } from '../../simulators/okta/errors.ts';
import { READ_ONLY_ADMIN } from '../../simulators/okta/roles.ts';
import { SIMULATED_OKTA_TOKEN, type OktaSimulatorOptions } from '../../simulators/okta/server.ts';
import { prepareEntraSource } from '../support/entra.ts';
import { startEntra, type RunningEntra } from '../support/entraSimulator.ts';
import { closedGate } from '../support/gate.ts';
import { prepareSource, smallOrg, startOkta, type Road, type RunningOkta } from '../support/okta.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';
import { until } from '../support/until.ts';

const okta = collectionsOf.okta;

describe('The verification of a source', () => {
  const service = useService({ pace: { backoffMs: 5 } });

  interface Prepared {
    as: Service;
    road: Road;
    org: RunningOkta;
    verify: (headers?: Record<string, string>) => Promise<Answer>;
    read: () => Promise<Body>;
  }

  /** A source on an org that answers as the options say. */
  async function withOrg(
    options: OktaSimulatorOptions & { apiToken?: string },
    use: (prepared: Prepared) => Promise<void>,
  ): Promise<void> {
    const { apiToken = SIMULATED_OKTA_TOKEN, ...simulator } = options;
    const org = await startOkta(simulator);
    try {
      const as = service().forTenant();
      const road = await prepareSource(as, org.url, { apiToken });
      await use({
        as,
        road,
        org,
        verify: (headers = {}) => as.call('POST', `${road.S}/verify`, { headers }),
        read: async () => (await as.call('GET', road.S)).body,
      });
    } finally {
      await org.close();
    }
  }

  const rowOf = (source: Body, collection: string): Body =>
    source.verification.collections.find((row: Body) => row.collection === collection);

  it('is asked for by nobody at first', () =>
    withOrg({ data: smallOrg() }, async ({ read }) => {
      assert.equal((await read()).verification, null);
    }));

  it('finds every collection readable, keeps that with the source, and leaves a record', () =>
    withOrg({}, async ({ as, road, verify, read }) => {
      const answer = await verify();
      assert.equal(answer.status, 200, answer.text);
      const { verification } = answer.body;
      assert.equal(verification.status, 'completed');
      assert.equal(verification.failure, null);
      assert.ok(Date.parse(verification.checked_at));
      assert.deepEqual(
        verification.collections.map(({ collection, required }: Body) => [collection, required]),
        okta.map(({ name, required }) => [name, required]),
      );
      for (const row of verification.collections) {
        assert.deepEqual([row.readable, row.http_status, row.missing], [true, 200, null], row.collection);
      }
      assert.deepEqual((await read()).verification, verification);
      const record = await as.database.auditRecord.findFirstOrThrow({
        where: { tenantId: as.tenant, action: 'migration.source.verified' },
      });
      assert.deepEqual(record.targets, { workspace_id: road.workspace, source_id: road.source });
      assert.deepEqual(record.facts, {
        status: 'completed',
        unreadable: [],
        warnings: verification.warnings.map(({ code }: Body) => code),
      });
    }));

  it('asks as an inventory would: reads alone, a first page each, and no more than a few dozen', () =>
    withOrg({}, async ({ verify, org }) => {
      await verify();
      const { requests } = org.simulator;
      assert.deepEqual([...new Set(requests.map(({ method }) => method))], ['GET']);
      assert.deepEqual(
        requests.filter(({ query }) => 'after' in query),
        [],
      );
      assert.ok(requests.length < 40, `${requests.length} requests`);
    }));

  it('names what is missing for each collection that is refused, and how to grant it', () =>
    withOrg({ deny: ['idps', 'domains', 'appUsers', 'groupRules'] }, async ({ verify }) => {
      const answer = await verify();
      assert.equal(answer.status, 200, answer.text);
      const refused = answer.body.verification.collections.filter((row: Body) => !row.readable);
      assert.deepEqual(refused.map((row: Body) => [row.collection, row.required, row.missing]).sort(), [
        ['application_users', true, 'okta.apps.read'],
        ['domains', true, 'okta.customizations.read'],
        ['group_rules', false, 'okta.groups.read'],
        ['identity_providers', true, 'okta.identityProviders.read'],
      ]);
      for (const row of refused) {
        assert.deepEqual([row.http_status, row.vendor_code, row.meaning], [403, 'E0000006', 'not_permitted']);
        assert.ok(row.remedy.includes(row.missing));
      }
    }));

  it('says of a feature that the org lacks that it is none of the credential\u2019s faults', () =>
    withOrg({ absent: ['emailDomains', 'authorizationServers'] }, async ({ verify }) => {
      const { body } = await verify();
      for (const collection of ['email_domains', 'authorization_servers']) {
        const row = rowOf(body, collection);
        assert.deepEqual(
          [row.readable, row.meaning, row.missing, row.vendor_code],
          [false, 'not_licensed', null, 'E0000015'],
        );
      }
      // Nothing of it is listed below what is not there.
      const below = rowOf(body, 'authorization_server_policies');
      assert.deepEqual([below.readable, below.http_status], [true, null]);
    }));

  it('finds nothing missing in an org with nothing in it', () =>
    withOrg({ data: emptyTenant() }, async ({ verify }) => {
      const { body } = await verify();
      for (const row of body.verification.collections) assert.equal(row.missing, null, row.collection);
      assert.deepEqual(
        [rowOf(body, 'application_groups').readable, rowOf(body, 'application_groups').http_status],
        [true, null],
      );
    }));

  it('of a wrong token says so of every collection, after one request', () =>
    withOrg({ apiToken: 'not-the-token' }, async ({ verify, org }) => {
      const answer = await verify();
      assert.equal(answer.status, 200, answer.text);
      const { status, collections, warnings } = answer.body.verification;
      assert.deepEqual([status, warnings], ['completed', []]);
      assert.equal(collections.length, okta.length);
      for (const row of collections) {
        assert.deepEqual(
          [row.readable, row.http_status, row.vendor_code, row.missing],
          [false, 401, 'E0000011', 'a valid API token'],
        );
      }
      assert.equal(org.simulator.requests.length, 1);
    }));

  describe('warns', () => {
    const warningsOf = (answer: Answer) =>
      answer.body.verification.warnings.map(({ code, rights }: Body) => [code, rights]);

    const superAdmin = { type: 'SUPER_ADMIN', label: 'Super Administrator' };
    const inventory = {
      type: 'CUSTOM',
      label: 'Inventory',
      permissions: ['okta.apps.read', 'okta.iam.read'],
    };

    it('of a super administrator\u2019s token', () =>
      withOrg({ data: smallOrg(), roles: [READ_ONLY_ADMIN, superAdmin] }, async ({ verify }) => {
        const answer = await verify();
        assert.deepEqual(warningsOf(answer), [['can_write', ['Super Administrator']]]);
        const [{ message }] = answer.body.verification.warnings;
        assert.match(message, /can change the incumbent .*Super Administrator/);
      }));

    it('of a custom role by what it allows, and not of one that only reads', () => {
      const owner = { type: 'CUSTOM', label: 'App owner', permissions: ['okta.apps.manage'] };
      return withOrg({ data: smallOrg(), roles: [inventory, owner] }, async ({ verify }) => {
        assert.deepEqual(warningsOf(await verify()), [['can_write', ['App owner']]]);
      });
    });

    it('of nothing when the token is known to read alone', () =>
      withOrg({ data: smallOrg(), roles: [inventory] }, async ({ verify }) => {
        assert.deepEqual(warningsOf(await verify()), []);
      }));

    it('that it is not known what else a token may do, which Okta tells super administrators alone', () =>
      withOrg({ data: smallOrg() }, async ({ verify }) => {
        assert.deepEqual(warningsOf(await verify()), [['write_rights_unknown', []]]);
      }));
  });

  it('tells what an inventory will cost as soon as there was one', () =>
    withOrg({ data: smallOrg() }, async ({ as, road, verify }) => {
      assert.equal((await verify()).body.verification.estimate, null);
      const collected = await as.call('POST', `${road.S}/snapshots`);
      assert.equal(collected.status, 201, collected.text);
      const { estimate } = (await verify()).body.verification;
      assert.ok(estimate.requests > 0 && estimate.minutes >= 0, JSON.stringify(estimate));
    }));

  describe('does not give up', () => {
    it('on faults that pass, and finds unreadable what stays broken', () =>
      withOrg({ data: smallOrg() }, async ({ verify, org }) => {
        let asked = 0;
        org.simulator.intercept = ({ path, query }) => {
          if (path === '/api/v1/groups' && query.expand === undefined) {
            asked += 1;
            return asked < 3 ? { disconnect: true } : undefined;
          }
          return path === '/api/v1/domains' ? oktaError('E0000009') : undefined;
        };
        const { body } = await verify();
        assert.deepEqual([rowOf(body, 'groups').readable, asked], [true, 3]);
        const domains = rowOf(body, 'domains');
        assert.deepEqual(
          [domains.readable, domains.http_status, domains.meaning, domains.missing],
          [false, 500, 'unreadable', null],
        );
      }));

    it('on the vendor\u2019s limit: it waits, and takes up where it stood', () =>
      withOrg({ data: smallOrg() }, async ({ verify, org }) => {
        let refused = 0;
        org.simulator.intercept = ({ path }) => {
          if (path !== '/api/v1/domains' || refused > 0) return undefined;
          refused += 1;
          const now = Date.now();
          const headers = {
            date: new Date(now).toUTCString(),
            'x-rate-limit-remaining': '0',
            'x-rate-limit-reset': String(Math.ceil(now / 1000) + 2),
          };
          const { status, body } = oktaError('E0000047');
          return { status, body, headers };
        };
        const { body } = await verify();
        assert.equal(rowOf(body, 'domains').readable, true);
        const groups = org.simulator.requests.filter(
          ({ path, query }) => path === '/api/v1/groups' && query.expand === undefined,
        );
        assert.equal(groups.length, 1, 'what was found is not asked for again');
      }));
  });

  it('fails when the org cannot be reached, and says so', () =>
    withOrg({ data: smallOrg() }, async ({ as, verify, read, road, org }) => {
      org.simulator.intercept = () => ({ disconnect: true });
      const answer = await verify();
      assert.deepEqual([answer.status, answer.body.code], [502, 'source_unusable'], answer.text);
      assert.equal(answer.body.source_id, road.source);
      const { status, checked_at, failure } = (await read()).verification;
      assert.deepEqual([status, failure.code, failure.at], ['failed', 'source_unusable', checked_at]);
      assert.match(failure.message, /could not be reached/);
      const record = await as.database.auditRecord.findFirstOrThrow({
        where: { tenantId: as.tenant, action: 'migration.source.verified' },
      });
      assert.equal((record.facts as Body).status, 'failed');
      org.simulator.intercept = undefined;
      assert.equal((await verify()).body.verification.status, 'completed');
    }));

  describe('while it runs', () => {
    /** Lets a verification begin and holds it at the domains. */
    const underWay = (use: (prepared: Prepared, release: () => void) => Promise<void>) =>
      withOrg({ data: smallOrg() }, async (prepared) => {
        const gate = closedGate();
        prepared.org.simulator.intercept = async ({ path }) => {
          if (path === '/api/v1/domains') await gate.pass();
          return undefined;
        };
        try {
          const begun = await prepared.verify({ prefer: 'respond-async' });
          assert.equal(begun.status, 202, begun.text);
          assert.match(begun.headers.get('location') ?? '', new RegExp(`${prepared.road.S}$`));
          assert.ok(begun.headers.get('retry-after'));
          assert.equal(begun.body.verification.status, 'running');
          await gate.reached;
          await use(prepared, () => gate.open());
        } finally {
          gate.open();
        }
      });

    const completed = (read: Prepared['read']) =>
      until('the verification has ended', async () => {
        const { verification } = await read();
        return verification.status === 'running' ? null : verification;
      });

    it('shows what it has found so far', () =>
      underWay(async ({ read }, release) => {
        const { verification } = await read();
        assert.deepEqual([verification.status, verification.checked_at], ['running', null]);
        const found = verification.collections.map(({ collection }: Body) => collection);
        const names = okta.map(({ name }) => name);
        assert.deepEqual(found, names.slice(0, names.indexOf('domains')));
        release();
        assert.equal((await completed(read)).status, 'completed');
      }));

    it('is joined by whoever asks for another, also when six do at once', () =>
      underWay(async ({ as, road, verify, read }, release) => {
        const asked = Array.from({ length: 6 }, () => verify({ prefer: 'respond-async' }));
        for (const { status, text } of await Promise.all(asked)) assert.equal(status, 202, text);
        const workflowId = workflowIdOf('verify', road.source);
        assert.equal(await as.database.run.count({ where: { tenantId: as.tenant, workflowId } }), 1);
        const waiting = verify();
        await until('it waits', () => as.database.run.count({ where: { workflowId, endedAt: null } }));
        release();
        assert.equal((await waiting).body.verification.status, 'completed');
        await completed(read);
      }));

    it('keeps source and workspace from being archived', () =>
      underWay(async ({ as, road, read }, release) => {
        for (const path of [road.S, road.W]) {
          const refused = await as.call('POST', `${path}/archive`);
          assert.deepEqual([refused.status, refused.body.code], [409, 'run_in_progress']);
        }
        release();
        await completed(read);
        assert.equal((await as.call('POST', `${road.S}/archive`)).status, 200);
      }));

    it('begins anew when the secret is replaced, and tells of the new one alone', () =>
      underWay(async ({ as, road, read }, release) => {
        const secret = { api_token: 'another-token' };
        const replaced = await as.call('PUT', `${road.S}/secret`, { body: { secret } });
        assert.equal(replaced.body.verification.status, 'running');
        release();
        const { status, collections } = await completed(read);
        assert.equal(status, 'completed');
        assert.equal(collections.length, okta.length);
        for (const row of collections) assert.equal(row.missing, 'a valid API token', row.collection);
      }));
  });

  describe('of a directory of Entra', () => {
    /** Verifies a directory whose application holds these permissions. */
    async function verifyEntra(
      options: EntraSimulatorOptions & { secret?: string },
      use: (verification: Body, entra: RunningEntra) => void,
    ): Promise<void> {
      const { secret, ...simulator } = options;
      const entra = await startEntra(simulator);
      try {
        const as = service().forTenant();
        const { S } = await prepareEntraSource(as, entra, secret);
        const answer = await as.call('POST', `${S}/verify`);
        assert.equal(answer.status, 200, answer.text);
        use(answer.body.verification, entra);
      } finally {
        await entra.close();
      }
    }
    const without = (...withheld: string[]) =>
      READ_PERMISSIONS.filter((permission) => !withheld.includes(permission));

    it('finds every collection readable and warns of nothing with the least permissions', () =>
      verifyEntra({}, ({ status, collections, warnings }, { simulator }) => {
        assert.deepEqual([status, warnings], ['completed', []]);
        assert.deepEqual(
          collections.map(({ collection }: Body) => collection),
          collectionsOf.entra.map(({ name }) => name),
        );
        for (const row of collections) assert.equal(row.readable, true, JSON.stringify(row));
        const others = simulator.requests.filter(({ method }) => method !== 'GET');
        assert.deepEqual(
          [...new Set(others.map(({ method, path }) => `${method} ${path.split('/').slice(2).join('/')}`))],
          ['POST oauth2/v2.0/token'],
        );
      }));

    /** One that lacks a permission: what needs it is refused for it, nothing else is. */
    const withheld = (permission: string) =>
      verifyEntra({ permissions: without(permission) }, ({ collections }) => {
        const needing = collectionsOf.entra
          .map(({ name }) => name)
          .filter((name) => readPermission('entra', name).permission === permission);
        for (const row of collections as Body[]) {
          const { collection, readable, missing, http_status: status, vendor_code: code } = row;
          if (!needing.some((name) => name === collection)) {
            assert.deepEqual([readable, missing], [true, null], JSON.stringify(row));
          } else if (status !== null) {
            // What is listed below objects that cannot be listed is asked for nowhere.
            assert.deepEqual(
              [readable, missing, status, code],
              [false, permission, 403, 'Authorization_RequestDenied'],
              collection,
            );
            assert.match(row.remedy, /admin consent/);
          }
        }
        assert.ok(
          collections.some((row: Body) => row.missing === permission),
          permission,
        );
      });

    it('names each permission that is withheld, for what needs it and nothing else', async () => {
      await Promise.all(READ_PERMISSIONS.map(withheld));
    }).timeout(60_000);

    it('warns of permissions that can write', () =>
      verifyEntra(
        { permissions: [...without('Group.Read.All'), 'Group.ReadWrite.All', 'Directory.ReadWrite.All'] },
        ({ collections, warnings }) => {
          assert.deepEqual(
            collections.filter(({ readable }: Body) => !readable),
            [],
          );
          assert.deepEqual(
            warnings.map(({ code, rights }: Body) => [code, rights]),
            [['can_write', ['Group.ReadWrite.All', 'Directory.ReadWrite.All']]],
          );
        },
      ));

    it('says of a wrong secret that it is wrong, for every collection', () =>
      verifyEntra({ secret: 'not-the-secret' }, ({ status, collections }) => {
        assert.equal(status, 'completed');
        assert.equal(collections.length, collectionsOf.entra.length);
        for (const row of collections) {
          assert.deepEqual(
            [row.readable, row.http_status, row.vendor_code, row.missing],
            [false, 401, 'AADSTS7000215', 'a valid client secret'],
          );
        }
      }));
  });

  it('is forgotten with the secret that it was of', () =>
    withOrg({ data: smallOrg() }, async ({ as, road, verify, read }) => {
      await verify();
      const secret = { api_token: 'another-token' };
      const replaced = await as.call('PUT', `${road.S}/secret`, { body: { secret } });
      assert.equal(replaced.body.verification, null);
      assert.equal((await read()).verification, null);
    }));

  it('is not to be had of an archived source or in an archived workspace', () =>
    withOrg({ data: smallOrg() }, async ({ as, road, verify, org }) => {
      await as.call('POST', `${road.S}/archive`);
      const archived = await verify();
      assert.deepEqual([archived.status, archived.body.code], [409, 'source_archived']);
      await as.call('POST', `${road.W}/archive`);
      const gone = await verify();
      assert.deepEqual([gone.status, gone.body.code], [409, 'workspace_archived']);
      assert.equal(org.simulator.requests.length, 0);
    }));

  it('needs the permission to manage, and is not there for another tenant', () =>
    withOrg({ data: smallOrg() }, async ({ as, road }) => {
      const token = await as.token({ permissions: ['portal.migrations.view'] });
      const denied = await as.call('POST', `${road.S}/verify`, { token });
      assert.deepEqual([denied.status, denied.body.code], [403, 'permission_required']);
      const other = await service().forTenant().call('POST', `${road.S}/verify`);
      assert.equal(other.status, 404);
    }));
});
