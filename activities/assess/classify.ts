import { setImmediate } from 'node:timers/promises';
import type { TargetContract } from '../../domain/assessment.ts';
import type { StoredItem } from '../../domain/inventory/item.ts';
import type { PolicyForm } from '../../domain/inventory/policy.ts';
import type { Subject } from '../../domain/rules/condition.ts';
import {
  applicationSubject,
  assignmentSubject,
  dependenciesOf,
  groupSubject,
  plainSubject,
  type SnapshotFacts,
} from '../../domain/rules/facts.ts';
import { judge } from '../../domain/rules/judge.ts';
import { ruleSets } from '../../domain/rules/ruleSets.ts';
import { builtInTarget } from '../../domain/rules/targetProfile.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { findAssessment, lastJudged, saveVerdicts, verdictsOf } from '../../prisma/store/assessments.ts';
import {
  findItems,
  findRelations,
  referencedItems,
  walkItems,
  type ItemRelationRow,
} from '../../prisma/store/items.ts';
import { findSnapshot } from '../../prisma/store/snapshots.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { readFacts } from './facts.ts';

export interface ClassifyInput {
  tenantId: string;
  assessmentId: string;
  /** Assignments are judged last, because they are never better than their application and group. */
  phase: 'items' | 'assignments';
}

/** Items judged and stored in one transaction. */
const batchSize = 500;

/** Judges a phase from where the stored verdicts end. Interrupted anywhere, the next attempt goes on there. */
export function classify(deps: ActivityDependencies) {
  return async (input: ClassifyInput): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database } = deps;
      const assessment = await findAssessment(database, tenant, input.assessmentId);
      const snapshot = assessment && (await findSnapshot(database, tenant, assessment.snapshotId));
      if (!snapshot) throw new DomainError('execution_superseded', 'The assessment is gone.');
      const facts = await readFacts(database, tenant, snapshot);
      const batch = new Batch(database, tenant, input.assessmentId, facts);
      let after = await lastJudged(database, tenant, input.assessmentId, input.phase);
      for (;;) {
        signal.throwIfAborted();
        const page: { after: bigint | null; limit: number } = { after, limit: batchSize };
        const items = await walkItems(database, tenant, snapshot.id, {
          ...page,
          assignments: input.phase === 'assignments',
        });
        if (items.length === 0) return;
        const judged = await batch.judge(items);
        await saveVerdicts(database, tenant, input.assessmentId, temporalRunId, judged);
        after = items.at(-1)?.ordinal ?? null;
        await setImmediate();
      }
    });
}

/** Judges batches of items, reading what each needs of others in a few queries. */
class Batch {
  readonly #database: Database;
  readonly #tenant: TenantId;
  readonly #assessmentId: string;
  readonly #facts: SnapshotFacts;
  readonly #policies = new Map<string, PolicyForm | null>();

  constructor(database: Database, tenant: TenantId, assessmentId: string, facts: SnapshotFacts) {
    this.#database = database;
    this.#tenant = tenant;
    this.#assessmentId = assessmentId;
    this.#facts = facts;
  }

  async judge(items: readonly StoredItem[]) {
    const relations = await findRelations(
      this.#database,
      this.#tenant,
      items.map((item) => item.id),
    );
    const byItem = new Map<string, ItemRelationRow[]>(items.map((item) => [item.id, []]));
    for (const relation of relations) byItem.get(relation.fromItemId)?.push(relation);
    const subjects = await this.#subjects(items, byItem);
    return items.map((item) => ({
      itemId: item.id,
      ordinal: item.ordinal,
      itemType: item.itemType,
      verdict: judge({
        subject: subjects.get(item.id) ?? plainSubject(item),
        ruleSet: ruleSets[item.sourceType][item.itemType],
        targetContract: contractOf(item),
        dependsOn: dependenciesOf(byItem.get(item.id) ?? []),
      }),
    }));
  }

  async #subjects(
    items: readonly StoredItem[],
    relations: ReadonlyMap<string, readonly ItemRelationRow[]>,
  ): Promise<Map<string, Subject>> {
    const applications = items.filter(isA('application'));
    const groups = items.filter(isA('group'));
    const assignments = items.filter(isA('assignment'));
    const guards = applications.map((item) => related(relations.get(item.id), 'access_policy'));
    await this.#loadPolicies(guards.flat().flatMap((relation) => relation.toItemId ?? []));
    const referenced = await referencedItems(
      this.#database,
      this.#tenant,
      groups.map((item) => item.id),
    );
    const ends = assignments.map((item) => ({
      application: related(relations.get(item.id), 'application')[0]?.toItemId ?? null,
      group: related(relations.get(item.id), 'group')[0]?.toItemId ?? null,
    }));
    const endIds = ends.flatMap((end) => [end.application, end.group]).filter((id) => id !== null);
    const verdicts = await verdictsOf(this.#database, this.#tenant, this.#assessmentId, [...new Set(endIds)]);
    const verdictOf = (id: string | null) => (id === null ? null : (verdicts.get(id) ?? null));
    return new Map<string, Subject>([
      ...applications.map((item, position): [string, Subject] => {
        const forms = (guards[position] ?? []).map(
          ({ toItemId }) => this.#policies.get(toItemId ?? '') ?? null,
        );
        return [item.id, applicationSubject(item, forms, this.#facts, builtInTarget)];
      }),
      ...groups.map((item): [string, Subject] => [
        item.id,
        groupSubject(item, referenced.has(item.id), this.#facts),
      ]),
      ...assignments.map((item, position): [string, Subject] => {
        const end = ends[position];
        const application = verdictOf(end?.application ?? null);
        const group = verdictOf(end?.group ?? null);
        return [item.id, assignmentSubject(item, { application, group })];
      }),
    ]);
  }

  async #loadPolicies(ids: readonly string[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#policies.has(id));
    const found = await findItems(this.#database, this.#tenant, missing);
    for (const item of found) this.#policies.set(item.id, item.normalized as PolicyForm);
  }
}

const isA =
  <Type extends StoredItem['itemType']>(type: Type) =>
  (item: StoredItem): item is StoredItem<Type> =>
    item.itemType === type;

const related = (relations: readonly ItemRelationRow[] | undefined, relation: string): ItemRelationRow[] =>
  (relations ?? []).filter((each) => each.relation === relation);

/** What a cutover would make of an item. */
function contractOf(item: StoredItem): TargetContract {
  switch (item.itemType) {
    case 'application':
      return (item as StoredItem<'application'>).normalized.protocol === 'openid_connect'
        ? 'tenant_oidc_application'
        : 'none';
    case 'provider':
      return (item as StoredItem<'provider'>).normalized.protocol === 'saml_2_0'
        ? 'upstream_saml_provider'
        : 'none';
    case 'routing_rule':
      return 'federation_routing_rule';
    case 'policy':
      return 'auth_policy';
    case 'group':
      return 'tenant_group';
    case 'assignment':
      return 'tenant_app_assignment';
    case 'domain':
      return 'verified_domain';
  }
}
