import assert from 'node:assert/strict';
import type { InjectedAnswer } from '../../../simulators/answer.ts';
import type { EntraObject } from '../../../simulators/entra/collections.ts';
import { emptyTenant } from '../../../simulators/entra/data.ts';
import { graphError, type GraphErrorCode } from '../../../simulators/entra/errors.ts';
import { READ_PERMISSIONS } from '../../../simulators/entra/permissions.ts';
import type { EntraSimulatorOptions } from '../../../simulators/entra/server.ts';
import type { ItemType } from '../../../domain/inventory/itemTypes.ts';
import type { Body } from '../../support/answer.ts';
import { assertEntraInventory } from '../../support/entraInventory.ts';
import { collectEntra } from '../../support/entra.ts';
import { startEntra, type RunningEntra } from '../../support/entraSimulator.ts';
import { assertLedgerAddsUp, ledgerRow, type Collected } from '../../support/inventory.ts';
import { formSchemas } from '../../support/normalForms.ts';
import { acknowledgeAll } from '../../support/okta.ts';
import { useService } from '../../support/service.ts';

const refusal = (code: GraphErrorCode, more: Partial<InjectedAnswer> = {}): InjectedAnswer => {
  const { status, body } = graphError(code);
  return { status, body, ...more };
};

describe('A collection of an Entra directory', () => {
  const service = useService({ pace: { backoffMs: 5 } });

  /** Collects a directory that answers as the options say; closes it after. */
  async function collectFrom(
    options: EntraSimulatorOptions & { secret?: string },
    use: (collected: Collected & { entra: RunningEntra }) => Promise<void> | void,
    prepare: (entra: RunningEntra) => void = () => undefined,
  ): Promise<void> {
    const { secret, ...simulated } = options;
    const entra = await startEntra(simulated);
    prepare(entra);
    try {
      await use({ ...(await collectEntra(service(), entra, secret)), entra });
    } finally {
      await entra.close();
    }
  }

  const whole = ({ service: own, snapshot, entra }: Collected & { entra: RunningEntra }) =>
    assertEntraInventory(own, snapshot, entra.simulator.data);

  const refused = ({ answer, snapshot }: Collected, code: string): Body => {
    assert.equal(answer.status, 502, answer.text);
    assert.equal(answer.body.code, code, answer.text);
    assert.equal(snapshot.status, 'failed');
    assert.equal(snapshot.failure.code, code);
    assertLedgerAddsUp(snapshot);
    return snapshot.failure;
  };

  describe('is whole', () => {
    it('for the invented company, item by item, with nothing but reads and requests for tokens', () =>
      collectFrom({}, async (collected) => {
        await whole(collected);
        const { snapshot, entra } = collected;
        assert.ok(snapshot.collections.every((row: Body) => row.complete && row.refusals.length === 0));
        const written = entra.simulator.requests.filter(({ method }) => method !== 'GET');
        assert.ok(written.length > 0);
        const token = `/${entra.simulator.tenantId}/oauth2/v2.0/token`;
        assert.ok(written.every(({ method, path }) => method === 'POST' && path === token));
      })).timeout(30_000);

    it('in references that resolve inside the snapshot, and through assessment and plan, which leave none out', () =>
      collectFrom({}, async ({ service: own, road, snapshot, entra }) => {
        const { data } = entra.simulator;
        const items = await own.database.inventoryItem.findMany({ where: { snapshotId: snapshot.id } });
        for (const { itemType, normalized } of items) {
          assert.deepEqual(formSchemas[itemType as ItemType].parse(normalized), normalized);
        }
        const relations = await own.database.itemRelation.findMany({ where: { snapshotId: snapshot.id } });
        const external = new Map(items.map(({ id, externalId }) => [id, externalId]));
        const resolved = (relation: string) =>
          relations
            .filter((each) => each.relation === relation)
            .map(({ fromItemId, toExternalId, toItemId }) => ({
              from: external.get(fromItemId),
              named: toExternalId,
              to: toItemId === null ? null : external.get(toItemId),
            }));
        const objectIdOf = (list: readonly EntraObject[], appId: string) =>
          list.find((each) => each.appId === appId)?.id ?? null;
        for (const { named, to } of resolved('registration')) {
          assert.equal(to, objectIdOf(data.applications, named));
        }
        for (const relation of ['service_principal', 'application_condition']) {
          const byAppId = resolved(relation).filter(({ named, to }) => named !== to);
          assert.ok(
            byAppId.some(({ to }) => to !== null),
            relation,
          );
          for (const { named, to } of byAppId) {
            assert.equal(to, objectIdOf(data.servicePrincipals, named), relation);
          }
        }
        for (const relation of ['provider', 'domain', 'application']) {
          const found = resolved(relation);
          assert.ok(found.length > 0, relation);
          assert.ok(
            found.every(({ named, to }) => named === to),
            relation,
          );
        }
        const providers = await own.call(
          'GET',
          `${road.S}/snapshots/${String(snapshot.id)}/items?item_type=provider&include=raw_payload`,
        );
        const configurations = [
          ...data.domainFederationConfigurations,
          ...data.samlOrWsFedExternalDomainFederations,
        ];
        for (const { external_id, raw_payload, evidence } of providers.body.data) {
          assert.equal(raw_payload.id, external_id);
          assert.ok(configurations.some(({ id }) => id === external_id));
          assert.equal(evidence[0].role, 'federation');
        }
        const assessed = await own.call('POST', `${road.W}/snapshots/${String(snapshot.id)}/assessments`);
        assert.equal(assessed.status, 201, assessed.text);
        assert.equal(assessed.body.summary.total, snapshot.item_count);
        const assessment = String(assessed.body.id);
        await acknowledgeAll(own, road, assessment);
        const planned = await own.call('POST', `${road.W}/cutover-plans`, {
          body: { assessment_id: assessment },
        });
        assert.equal(planned.status, 201, planned.text);
        const steps = await own.database.step.findMany({ where: { planId: String(planned.body.id) } });
        assert.equal(steps.length, snapshot.item_count);
        const servicePrincipals = await own.database.inventoryItem.findMany({
          where: { snapshotId: String(snapshot.id), vendorKind: { startsWith: 'servicePrincipal' } },
        });
        const toWrite = new Set(
          steps.filter((step) => step.disposition === 'planned').map((step) => step.itemId),
        );
        assert.ok(toWrite.size > 0);
        assert.ok(servicePrincipals.every(({ id }) => !toWrite.has(id)));
      })).timeout(60_000);

    it('for a directory with nothing in it, which says that it has no security defaults', () =>
      collectFrom({ data: emptyTenant() }, async (collected) => {
        await whole(collected);
        const { snapshot } = collected;
        assert.equal(snapshot.item_count, 0);
        assert.ok(snapshot.collections.every((row: Body) => row.complete));
        const refusals = snapshot.collections.flatMap((row: Body) => row.refusals as Body[]);
        assert.deepEqual(
          refusals.map(({ endpoint, meaning }: Body) => [endpoint, meaning]),
          [['/v1.0/policies/identitySecurityDefaultsEnforcementPolicy', 'not_there']],
        );
      })).timeout(30_000);
  });

  describe('goes on after', () => {
    it('a 429 of conditional access, which never says how long to wait', () => {
      let refusals = 0;
      return collectFrom({}, whole, ({ simulator }) => {
        simulator.intercept = ({ path }) => {
          if (!path.includes('/conditionalAccess/') || refusals === 2) return undefined;
          refusals += 1;
          return refusal('TooManyRequests');
        };
      });
    }).timeout(60_000);
  });

  describe('fails at once', () => {
    it('when the secret is refused, without a word of it', () =>
      collectFrom({ secret: 'wrong-but-secret' }, (collected) => {
        const failure = refused(collected, 'source_rejected');
        assert.equal(failure.http_status, 401);
        assert.equal(failure.vendor_code, 'AADSTS7000215');
        assert.match(failure.endpoint, /\/oauth2\/v2\.0\/token$/);
        assert.equal(typeof failure.vendor_request_id, 'string');
        assert.ok(collected.entra.simulator.requests.every(({ method }) => method === 'POST'));
        assert.ok(!JSON.stringify(collected.snapshot).includes('wrong-but-secret'));
        assert.ok(!collected.answer.text.includes('wrong-but-secret'));
      })).timeout(30_000);
  });

  describe('fails, with what was read kept and all refusals told', () => {
    it('when permissions are missing: everything else is read, and each is named', () =>
      collectFrom(
        {
          permissions: READ_PERMISSIONS.filter(
            (permission) => !['Group.Read.All', 'Policy.Read.All'].includes(permission),
          ),
        },
        (collected) => {
          const failure = refused(collected, 'source_rejected');
          assert.equal(failure.reason, 'not_permitted');
          assert.equal(failure.http_status, 403);
          assert.equal(failure.vendor_code, 'Authorization_RequestDenied');
          const { snapshot, entra } = collected;
          const missing = new Set(
            (failure.refusals as Body[]).map(({ remedy }) => /\w+\.Read\.All/.exec(String(remedy))?.[0]),
          );
          assert.deepEqual([...missing].sort(), ['Group.Read.All', 'Policy.Read.All']);
          assert.equal(ledgerRow(snapshot, 'applications').items, entra.simulator.data.applications.length);
        },
      )).timeout(60_000);
  });

  describe('completes, and says in its ledger', () => {
    it('that auxiliary reads were refused: what they would have told is unknown and not none', () =>
      collectFrom(
        {
          permissions: READ_PERMISSIONS.filter(
            (permission) => !['Synchronization.Read.All', 'IdentityProvider.Read.All'].includes(permission),
          ),
        },
        async ({ snapshot, service: own }) => {
          assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
          assertLedgerAddsUp(snapshot);
          for (const collection of ['synchronization_jobs', 'partner_federations'] as const) {
            assert.equal(ledgerRow(snapshot, collection).refusals[0].meaning, 'not_permitted');
            assert.equal(ledgerRow(snapshot, collection).complete, false);
          }
          const stored = await own.database.inventoryItem.findMany({
            where: { snapshotId: snapshot.id, vendorKind: { startsWith: 'servicePrincipal' } },
          });
          const jobs = stored.map(
            ({ normalized }) => (normalized as { entra: { synchronization_jobs: unknown } }).entra,
          );
          assert.ok(jobs.length > 0);
          assert.ok(jobs.every(({ synchronization_jobs }) => synchronization_jobs === null));
        },
      )).timeout(60_000);

    it('that an application and its service principal were deleted before what belongs to them was read', () => {
      let deleted: EntraObject | undefined;
      return collectFrom(
        {},
        ({ snapshot, entra }) => {
          assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
          assertLedgerAddsUp(snapshot);
          const row = ledgerRow(snapshot, 'app_role_assignments');
          assert.equal(row.complete, true);
          assert.deepEqual(
            row.refusals.map(({ endpoint, meaning, status }: Body) => [endpoint, meaning, status]),
            [[`/v1.0/servicePrincipals/${String(deleted?.id)}/appRoleAssignedTo`, 'gone', 404]],
          );
          const { applications, servicePrincipals } = entra.simulator.data;
          assert.equal(snapshot.summary.application, applications.length + servicePrincipals.length + 1);
        },
        ({ simulator }) => {
          simulator.intercept = ({ path }) => {
            if (deleted === undefined && path.endsWith('/appRoleAssignedTo')) {
              // The last one in the list: nothing of it can have been asked for yet.
              deleted = simulator.data.servicePrincipals.pop();
            }
            return undefined;
          };
        },
      );
    }).timeout(60_000);

    it('nothing of objects that a replica did not know at first', () => {
      const asked = new Set<string>();
      return collectFrom({}, whole, ({ simulator }) => {
        simulator.intercept = ({ path }) => {
          if (!path.endsWith('/appRoleAssignedTo') || asked.has(path) || asked.size === 3) return undefined;
          asked.add(path);
          return refusal('Request_ResourceNotFound');
        };
      });
    }).timeout(60_000);

    it('that the tenant has no licence for a feature that the guide names', () =>
      collectFrom(
        { data: emptyTenant() },
        ({ snapshot }) => {
          assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
          const row = ledgerRow(snapshot, 'conditional_access_policies');
          assert.equal(row.refusals[0].meaning, 'not_licensed');
          assert.equal(row.complete, true);
        },
        ({ simulator }) => {
          const { status, body } = graphError('Authorization_RequestDenied', {
            message: 'Tenant does not have a premium license.',
          });
          simulator.intercept = ({ path }) =>
            path.endsWith('/conditionalAccess/policies') ? { status, body } : undefined;
        },
      )).timeout(60_000);
  });
});
