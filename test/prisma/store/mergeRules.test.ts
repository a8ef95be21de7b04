import assert from 'node:assert/strict';
import { classify } from '../../../activities/assess/classify.ts';
import { findOverlaps } from '../../../activities/assess/findOverlaps.ts';
import { settleAssessment } from '../../../activities/assess/settle.ts';
import { normalizeProvider } from '../../../activities/sources/okta/normalize/provider.ts';
import { normalizeRoutingRule } from '../../../activities/sources/okta/normalize/routingRule.ts';
import type { NormalItem } from '../../../domain/inventory/item.ts';
import type { MergeDecision } from '../../../domain/merge/decision.ts';
import type { ResolveRequest } from '../../../domain/merge/resolve.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { json } from '../../../prisma/store/json.ts';
import { listDecisions } from '../../../prisma/store/mergeDecisions.ts';
import { resolveDecision } from '../../../prisma/store/mergeResolution.ts';
import { useDatabase } from '../../support/database.ts';
import { routingRule, samlProvider } from '../../support/target.ts';
import {
  acknowledgeEverything,
  act,
  commandOf,
  commit,
  finishCollecting,
  finishPlanning,
  group,
  make,
  makePlace,
  openChain,
  pageOf,
  refusal,
  startAssessing,
  startCollecting,
  startPlanning,
  stepsOf,
  type Assessing,
  type Place,
} from './support.ts';

const provider = () => {
  const item = normalizeProvider({
    id: 'idp1',
    type: 'SAML2',
    name: 'Partner',
    status: 'ACTIVE',
    protocol: {
      type: 'SAML2',
      endpoints: { sso: { url: 'https://idp.partner.example/sso', binding: 'HTTP-POST' } },
      credentials: { trust: { issuer: 'https://idp.partner.example/saml', kid: 'k1' } },
    },
  });
  const certificates = [{ key_id: 'k1', role: 'current' as const, x5c: 'MIIB' }];
  return { ...item, normalized: { ...item.normalized, certificates } };
};

const rule = () =>
  normalizeRoutingRule({
    id: 'rule1',
    name: 'Partner people',
    status: 'ACTIVE',
    system: false,
    priority: 1,
    type: 'IDP_DISCOVERY',
    conditions: {
      userIdentifier: { type: 'IDENTIFIER', patterns: [{ matchType: 'SUFFIX', value: '@Partner.example' }] },
      network: { connection: 'ANYWHERE' },
    },
    actions: { idp: { providers: [{ type: 'SAML2', id: 'idp1' }] } },
  });

describe('merge decisions about routing rules', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** An assessment of a provider and a rule that leads to it, both of which could be created. */
  async function assessed(
    place: Place,
  ): Promise<Assessing & { provider?: MergeDecision; rule?: MergeDecision }> {
    const collecting = await startCollecting(place);
    await commit(collecting, await pageOf(await openChain(collecting, 'groups'), [group('g1'), group('g2')]));
    await finishCollecting(collecting);
    const { snapshot, tenant } = collecting;
    const become = async (externalId: string, item: NormalItem) => {
      const { itemType, name, normalized } = item;
      const data = { itemType, name, externalId: item.externalId, normalized: json(normalized) };
      const where = {
        snapshotId_itemType_externalId: { snapshotId: snapshot.id, itemType: 'group', externalId },
      };
      return (await db().inventoryItem.update({ where, data, select: { id: true } })).id;
    };
    const [toItemId, fromItemId] = [await become('g1', provider()), await become('g2', rule())];
    await db().itemRelation.create({
      data: {
        tenantId: tenant,
        snapshotId: snapshot.id,
        fromItemId,
        relation: 'provider',
        toItemType: 'provider',
        toExternalId: 'idp1',
        toItemId,
      },
    });
    const at = await startAssessing(collecting);
    const input = { tenantId: tenant, assessmentId: at.assessment.id };
    const run = <Result>(activity: Parameters<typeof act<typeof input, Result>>[1]) =>
      act(at, activity, input, at.assessment.run, at.temporalRunId);
    for (const phase of ['first', 'last'] as const) {
      await act(at, classify, { ...input, phase }, at.assessment.run, at.temporalRunId);
    }
    for (const [itemId, targetContract] of [
      [toItemId, 'upstream_saml_provider'],
      [fromItemId, 'federation_routing_rule'],
    ] as const) {
      const data = { compatibilityClass: 'native_import', targetContract };
      await db().itemAssessment.updateMany({ where: { assessmentId: at.assessment.id, itemId }, data });
    }
    await run(findOverlaps);
    await run(settleAssessment);
    const found = await decisions(at);
    const of = (contract: string) => found.find((decision) => decision.contract === contract);
    const [providers, rules] = [of('upstream_saml_provider'), of('federation_routing_rule')];
    return { ...at, ...(providers && { provider: providers }), ...(rules && { rule: rules }) };
  }

  const decisions = ({ tenant, assessment }: Assessing): Promise<MergeDecision[]> =>
    listDecisions(db(), tenant, assessment.id, { after: null, limit: 10 });
  const resolve = (at: Assessing, decision: MergeDecision | undefined, request: ResolveRequest) => {
    assert.ok(decision);
    return resolveDecision(db(), at.tenant, at.workspace, at.assessment, decision.id, request, commandOf());
  };
  const map = (resourceId: string): ResolveRequest => ({
    resolution: 'map_to_existing',
    matched_resource_id: resourceId,
  });

  /** The partner's provider and a rule for its domain are at the target. */
  async function there(domains = ['partner.example', 'more.example']) {
    const place = await makePlace(db(), 'merge_into_existing');
    const live = await make(place, {
      contract: 'upstream_saml_provider',
      payload: samlProvider('partner'),
    });
    const leading = await make(place, {
      contract: 'federation_routing_rule',
      payload: { ...routingRule('partner', live.resourceId), domains },
    });
    return { at: await assessed(place), live, leading };
  }

  it('find the rule by its domain, however it is written, and the provider by its entity id', async () => {
    const { at, live, leading } = await there();
    assert.deepEqual(
      [at.provider, at.rule].map((each) =>
        each?.matchedResources.map((resource) => [resource.resource_id, resource.match_keys]),
      ),
      [[[live.resourceId, ['entity_id']]], [[leading.resourceId, ['domains']]]],
    );
    const differing = at.provider?.matchedResources[0]?.differences.map((difference) => difference.field);
    assert.ok(differing?.includes('signing_certificates') && !differing.includes('service_provider'));
  });

  it('bind a rule after its provider, and only when that is the one that the live rule leads to', async () => {
    const { at, live, leading } = await there();
    const bindRule = () => resolve(at, at.rule, map(leading.resourceId));
    assert.equal(await refusal(bindRule()), 'incompatible_match');
    await resolve(at, at.provider, { resolution: 'skip' });
    assert.equal(await refusal(bindRule()), 'incompatible_match');
    await resolve(at, at.provider, map(live.resourceId));
    assert.equal((await bindRule()).status, 'resolved');
  });

  it('open a bound rule again when something else is decided for its provider, and leave a record', async () => {
    const { at, live, leading } = await there();
    await resolve(at, at.provider, map(live.resourceId));
    await resolve(at, at.rule, map(leading.resourceId));
    await resolve(at, at.provider, map(live.resourceId));
    const ruleNow = async () => (await decisions(at)).find(({ id }) => id === at.rule?.id);
    assert.equal((await ruleNow())?.status, 'resolved', 'the same again changes nothing');
    await resolve(at, at.provider, { resolution: 'create_new' });
    const now = await ruleNow();
    assert.deepEqual(
      [now?.status, now?.staleReason, now?.history[0]?.resolution],
      ['pending', 'Something else was decided for its provider \u201cPartner\u201d.', 'map_to_existing'],
    );
    const records = await listAudit(db(), at.tenant, { before: null, limit: 50 });
    const reopened = records.filter(({ action }) => action === 'migration.merge_decision.reopened');
    assert.deepEqual(
      reopened.map((record) => record.targets.merge_decision_id),
      [at.rule?.id],
    );
  });

  it('do not bind a rule to one that lacks a domain of its own', async () => {
    const { at, live, leading } = await there();
    await resolve(at, at.provider, map(live.resourceId));
    await db().mergeDecision.update({
      where: { id: at.rule?.id ?? '' },
      data: {
        matchedResources: json(
          (at.rule?.matchedResources ?? []).map((each) => ({
            ...each,
            payload: { ...each.payload, domains: ['more.example'] },
          })),
        ),
      },
    });
    assert.equal(await refusal(resolve(at, at.rule, map(leading.resourceId))), 'incompatible_match');
  });

  it('tell of a provider that only resembles the item, and bind nothing to it', async () => {
    const place = await makePlace(db(), 'merge_into_existing');
    const payload = samlProvider('partner', { entity_id: 'https://IDP.partner.example/saml/' });
    const live = await make(place, { contract: 'upstream_saml_provider', payload });
    const at = await assessed(place);
    assert.deepEqual(
      [at.provider?.matchedResources, at.provider?.similar.map(({ resembles }) => resembles)],
      [[], [['entity_id']]],
    );
    assert.equal(await refusal(resolve(at, at.provider, map(live.resourceId))), 'unknown_reference');
  });

  /** The steps of the provider and of the rule, as they are planned. */
  async function planned(at: Assessing) {
    await acknowledgeEverything(at);
    const steps = await stepsOf(await finishPlanning(await startPlanning(at)));
    const of = (externalId: string) => {
      const step = steps.find((each) => each.externalId === externalId);
      assert.ok(step);
      return step;
    };
    return [of('idp1'), of('rule1')] as const;
  }

  it('lead to a plan that binds what was mapped, the rule after its provider', async () => {
    const { at, live, leading } = await there();
    await resolve(at, at.provider, map(live.resourceId));
    await resolve(at, at.rule, map(leading.resourceId));
    const [provider, rule] = await planned(at);
    assert.deepEqual(
      [provider, rule].map((step) => [step.action, step.reasonCode, step.binding?.resource_id]),
      [
        ['bind', 'merge_decision', live.resourceId],
        ['bind', 'merge_decision', leading.resourceId],
      ],
    );
    assert.deepEqual(rule.dependsOn, [provider.id]);
    assert.deepEqual(provider.binding?.incomplete, [
      'Add the certificate that the partner signs with today (key k1).',
    ]);
  });

  it('are not asked for where the target has neither: both are made, and the rule is switched off', async () => {
    const at = await assessed(await makePlace(db(), 'merge_into_existing'));
    const [provider, rule] = await planned(at);
    const { targetPayload } = provider;
    assert.ok(targetPayload && 'service_provider' in targetPayload);
    const ours = `https://target.example/tenants/${at.tenant}/saml`;
    assert.deepEqual(
      [targetPayload.service_provider.entity_id, targetPayload.service_provider.acs_url],
      [ours, `${ours}/acs`],
    );
    assert.deepEqual(rule.targetPayload, {
      name: 'Partner people',
      domains: ['partner.example'],
      provider: { step_id: provider.id },
      priority: 1,
      enabled: false,
    });
  });
});
