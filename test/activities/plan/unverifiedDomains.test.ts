import assert from 'node:assert/strict';
import { beginExecution } from '../../../activities/apply/begin.ts';
import { builtInRuntime } from '../../../activities/runtime/builtIn.ts';
import type { TargetRuntime } from '../../../activities/runtime/target.ts';
import type { Execution, Step, TargetChange } from '../../../domain/plan.ts';
import { findExecution } from '../../../prisma/store/executions.ts';
import { findPreview } from '../../../prisma/store/previews.ts';
import { INVENTED_TENANT, loadOktaTenant } from '../../../simulators/okta/data.ts';
import {
  acknowledgeEverything,
  act,
  applyWith,
  claim,
  commandOf,
  commit,
  finishAssessing,
  finishCollecting,
  finishPlanning,
  finishPreview,
  makePlace,
  mint,
  newTenant,
  openChain,
  pageOf,
  plan,
  refusal,
  startAssessing,
  startCollecting,
  startPlanning,
  stepsOf,
  type Planned,
} from '../../prisma/store/support.ts';
import { useDatabase } from '../../support/database.ts';
import { outsideTarget, type OutsideDouble } from '../../support/outsideTarget.ts';

const { idps, idpKeys } = loadOktaTenant(INVENTED_TENANT);
const partner = idps.filter(({ name }) => name === 'Ostmere Laboratories');

const ruleFor = (domain: string, index: number) => ({
  id: `rule${index}`,
  name: `People of ${domain}`,
  status: 'ACTIVE',
  system: false,
  priority: index,
  type: 'IDP_DISCOVERY',
  conditions: {
    userIdentifier: { type: 'IDENTIFIER', patterns: [{ matchType: 'SUFFIX', value: domain }] },
    network: { connection: 'ANYWHERE' },
  },
  actions: { idp: { providers: partner.map(({ id, name }) => ({ id, name, type: 'SAML2' })) } },
});

interface Routed extends Planned {
  rules: Step[];
  target: OutsideDouble;
}

describe('the domains of routing rules in a plan', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /**
   * A plan that creates a partner's provider and a rule for each domain, at a target elsewhere that has verified
   * `verified` for the tenant, or verifies no domains.
   */
  async function routed(domains: readonly string[], verified: readonly string[] | null): Promise<Routed> {
    const collecting = await startCollecting(await makePlace(db()));
    await commit(
      collecting,
      await pageOf(await openChain(collecting, 'identity_providers'), partner),
      await pageOf(await openChain(collecting, 'identity_provider_keys'), idpKeys),
      await pageOf(
        await openChain(collecting, 'routing_rules', 'p1', { policy: 'p1' }),
        domains.map(ruleFor),
      ),
    );
    await finishCollecting(collecting);
    const assessed = await finishAssessing(await startAssessing(collecting));
    await acknowledgeEverything(assessed);
    const at = await finishPlanning(await startPlanning(assessed));
    const rules = (await stepsOf(at)).filter(({ itemType }) => itemType === 'routing_rule');
    assert.deepEqual(
      rules.map(({ disposition, action }) => `${disposition} ${action}`),
      domains.map(() => 'planned create'),
    );
    const target = outsideTarget();
    target.domains = verified && new Map(verified.map((domain) => [domain, at.tenant]));
    return { ...at, rules, target };
  }

  /** What a preview of the plan refuses it for; null when it does not refuse. */
  async function refusedFor(at: Planned, runtime: TargetRuntime): Promise<TargetChange[] | null> {
    const { id } = await finishPreview(at, commandOf(), { runtime });
    const preview = await findPreview(db(), at.tenant, id);
    assert.ok(preview);
    assert.equal(preview.state, preview.changes ? 'refused' : 'ready');
    return preview.changes;
  }

  /** Begins to apply what was previewed, up to before the first effect. */
  async function begin(at: Routed, token: string): Promise<{ stale: boolean; execution: Execution | null }> {
    const { id, run } = await applyWith(at, token);
    const input = { tenantId: at.tenant, executionId: id };
    const { stale } = await act(at, beginExecution, input, run, await claim(at, run), { runtime: at.target });
    return { stale, execution: await findExecution(db(), at.tenant, id) };
  }

  const mintAt = async (at: Routed) => (await mint(at, commandOf(), { runtime: at.target })).token;

  it('pass when the target has verified them for the tenant, which is asked once about all of them', async () => {
    const domains = ['ostmere.example', 'ostmere-labs.example'];
    const at = await routed(domains, domains);
    const token = await mintAt(at);
    assert.deepEqual(at.target.askedDomains, [domains]);
    assert.equal((await begin(at, token)).stale, false);
    assert.deepEqual(at.target.askedDomains, [domains, domains], 'once more before the first effect');
  });

  it('are refused by the preview, step by step, when they are not verified there: no token is minted', async () => {
    const at = await routed(['ostmere.example', 'ostmere-labs.example'], ['ostmere.example']);
    const [change, ...others] = (await refusedFor(at, at.target)) ?? [];
    assert.deepEqual(others, []);
    assert.ok(change);
    const rule = at.rules.find(({ name }) => name === 'People of ostmere-labs.example');
    assert.deepEqual(change, {
      step_id: rule?.id,
      item_id: rule?.itemId,
      code: 'domain_not_verified',
      message: change.message,
      was: null,
      is: { domain: 'ostmere-labs.example', of_another_tenant: false },
    });
    assert.match(change.message, /ostmere-labs\.example of \u201cPeople of .* is not verified/);
    assert.equal(await refusal(mintAt(at)), 'plan_outdated');
  });

  it('are refused when they are another tenant\u2019s, and nobody learns whose', async () => {
    const at = await routed(['ostmere.example'], []);
    const owner = newTenant();
    at.target.domains?.set('ostmere.example', owner);
    const changes = await refusedFor(at, at.target);
    assert.deepEqual(
      changes?.map(({ code, step_id, is }) => [code, step_id, is]),
      [['domain_not_verified', at.rules[0]?.id, { domain: 'ostmere.example', of_another_tenant: true }]],
    );
    assert.ok(!JSON.stringify(changes).includes(owner));
  });

  it('that were verified when previewed and are not when applied end the execution, with nothing touched', async () => {
    const at = await routed(['ostmere.example'], ['ostmere.example']);
    const token = await mintAt(at);
    at.target.domains?.clear();
    const { stale, execution } = await begin(at, token);
    assert.equal(stale, true);
    assert.deepEqual([execution?.status, execution?.run.failure?.code], ['failed', 'preview_stale']);
    assert.deepEqual(
      execution?.changes?.map(({ code, step_id }) => [code, step_id]),
      [['domain_not_verified', at.rules[0]?.id]],
    );
    assert.equal(at.target.asked, 0);
    assert.deepEqual(
      (await stepsOf(at)).map(({ status }) => status),
      ['planned', 'planned'],
    );
  });

  it('are not checked at a target that verifies none, as the built-in one', async () => {
    const at = await routed(['ostmere.example'], null);
    assert.equal(await refusedFor(at, at.target), null);
    assert.equal(at.target.askedDomains.length, 1);
    const again = await routed(['ostmere.example'], null);
    assert.equal(await refusedFor(again, builtInRuntime('https://target.example')), null);
  });

  it('are asked for as A-labels in lower case, however the rule writes them', async () => {
    const at = await routed(['@M\u00fcnchen.Example'], ['xn--mnchen-3ya.example']);
    assert.equal(await refusedFor(at, at.target), null);
    assert.deepEqual(at.target.askedDomains, [['xn--mnchen-3ya.example']]);
  });

  it('are not asked for when no rule is created', async () => {
    const at = await plan(await makePlace(db()));
    const target = outsideTarget();
    assert.equal(await refusedFor(at, target), null);
    assert.deepEqual(target.askedDomains, []);
  });
});
