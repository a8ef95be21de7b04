import assert from 'node:assert/strict';
import { assessmentStatuses, compatibilityClasses } from '../../domain/assessment.ts';
import { audiences, severities } from '../../domain/impacts.ts';
import { intents } from '../../domain/itemNote.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { decisionStatuses, resolutions } from '../../domain/merge/decision.ts';
import {
  dispositions,
  executionStatuses,
  executionTriggers,
  planStatuses,
  previewStates,
  secretStates,
  stepActions,
  stepStatuses,
} from '../../domain/plan.ts';
import { runKinds } from '../../domain/run.ts';
import { snapshotStatuses } from '../../domain/snapshot.ts';
import { sourceStatuses, sourceTypes } from '../../domain/source.ts';
import { workspaceModes, workspaceStatuses } from '../../domain/workspace.ts';
import type { StepAttempt } from '../../prisma/store/steps.ts';
import { useDatabase } from '../support/database.ts';

const attemptStatuses: Readonly<Record<StepAttempt['status'], true>> = {
  running: true,
  succeeded: true,
  failed: true,
  timed_out: true,
  lost: true,
};

/** What each column may hold, as the domain knows it. */
const words: Readonly<Record<string, readonly string[]>> = {
  'migration_workspaces.mode': workspaceModes,
  'migration_workspaces.status': workspaceStatuses,
  'migration_sources.source_type': sourceTypes,
  'migration_sources.status': sourceStatuses,
  'migration_runs.kind': runKinds,
  'migration_snapshots.status': snapshotStatuses,
  'migration_collection_chains.status': ['open', 'closed', 'refused'],
  'migration_inventory_items.item_type': itemTypes,
  'migration_assessments.status': assessmentStatuses,
  'migration_item_assessments.compatibility_class': compatibilityClasses,
  'migration_ocm_impacts.audience': audiences,
  'migration_ocm_impacts.severity': severities,
  'migration_item_notes.intent': intents,
  'migration_merge_decisions.status': decisionStatuses,
  'migration_merge_decisions.resolution': resolutions,
  'migration_cutover_plans.status': planStatuses,
  'migration_cutover_steps.action': stepActions,
  'migration_cutover_steps.disposition': dispositions,
  'migration_cutover_steps.status': stepStatuses,
  'migration_cutover_steps.secret_state': secretStates,
  'migration_cutover_previews.state': previewStates,
  'migration_cutover_executions.status': executionStatuses,
  'migration_cutover_executions.trigger': executionTriggers,
  'migration_step_attempts.status': Object.keys(attemptStatuses),
};

const sorted = (lists: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(lists).map(([column, list]) => [column, [...list].sort()]));

describe('the database', () => {
  const opened = useDatabase();

  it('allows in each column the words that the domain has, and no other', async () => {
    const rows = await opened().database.$queryRaw<{ table: string; definition: string }[]>`
      SELECT conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace`;
    const lists = rows.flatMap(({ table, definition }) => {
      const list = /^CHECK \(\("?(\w+)"? = ANY \(ARRAY\[(.*)\]\)\)\)$/.exec(definition);
      if (!list) return [];
      const [, column = '', entries = ''] = list;
      return [
        [`${table}.${column}`, [...entries.matchAll(/'([^']*)'/g)].map(([, word = '']) => word)] as const,
      ];
    });
    assert.deepEqual(sorted(Object.fromEntries(lists)), sorted(words));
  });

  it('has such a list for every column that holds a status', async () => {
    const columns = await opened().database.$queryRaw<{ column: string }[]>`
      SELECT c.relname || '.' || a.attname AS column
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'status'`;
    // Words of others: an incumbent's own, a step's as one run saw it, and Temporal's.
    const open = [
      'migration_inventory_items',
      'migration_execution_steps',
      'migration_workflow_runs',
      'migration_workflow_activities',
    ];
    assert.deepEqual(
      columns
        .map(({ column }) => column)
        .filter((column) => !(column in words) && !open.includes(column.replace('.status', ''))),
      [],
    );
  });

  it('has a tenant in every table but the one that tenants share and what belongs to a mirrored run', async () => {
    const rows = await opened().database.$queryRaw<{ table: string }[]>`
      SELECT c.relname AS table FROM pg_class c
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
         AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
       ORDER BY 1`;
    assert.deepEqual(
      rows.map(({ table }) => table),
      ['migration_source_budgets', 'migration_workflow_activities'],
    );
  });

  it('ties every child to a parent of its own tenant', async () => {
    const rows = await opened().database.$queryRaw<{ name: string; definition: string }[]>`
      SELECT conrelid::regclass || '.' || conname AS name, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`;
    assert.ok(rows.length > 30);
    assert.deepEqual(
      rows
        .filter(
          ({ definition }) =>
            !/^FOREIGN KEY \(tenant_id, \w+\) REFERENCES \w+\(tenant_id, id\)/.test(definition),
        )
        .map(({ name }) => name),
      ['migration_workflow_activities.migration_workflow_activities_temporal_run_id_fkey'],
    );
  });
});
