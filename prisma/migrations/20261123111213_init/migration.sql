-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "migration_workspaces" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "description" TEXT,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "archived_at" TIMESTAMPTZ(3),

    CONSTRAINT "migration_workspaces_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_sources" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "source_type" TEXT NOT NULL,
    "connection_mode" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "sealed_secret" TEXT,
    "last_inventory_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "archived_at" TIMESTAMPTZ(3),

    CONSTRAINT "migration_sources_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_runs" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "resource_id" UUID NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "run_ids" TEXT[],
    "started_by" JSONB NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "claimed_at" TIMESTAMPTZ(3),
    "stop_requested_at" TIMESTAMPTZ(3),
    "stop_requested_by" JSONB,
    "ended_at" TIMESTAMPTZ(3),
    "failure" JSONB,
    "mirrored_at" TIMESTAMPTZ(3),

    CONSTRAINT "migration_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_snapshots" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "source_type" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "item_count" INTEGER NOT NULL DEFAULT 0,
    "summary" JSONB,
    "refusals" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_snapshots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_collection_chains" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "snapshot_id" UUID NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "context" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "pass" INTEGER NOT NULL DEFAULT 1,
    "page" INTEGER NOT NULL DEFAULT 1,
    "cursor" TEXT,
    "pages" INTEGER NOT NULL DEFAULT 0,
    "objects" INTEGER NOT NULL DEFAULT 0,
    "items" INTEGER NOT NULL DEFAULT 0,
    "not_items" JSONB NOT NULL DEFAULT '{}',
    "refusal" JSONB,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "wait_until" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_collection_chains_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_evidence_pages" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "snapshot_id" UUID NOT NULL,
    "chain_id" UUID NOT NULL,
    "collection" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "pass" INTEGER NOT NULL,
    "page" INTEGER NOT NULL,
    "abandoned" BOOLEAN NOT NULL DEFAULT false,
    "http_status" INTEGER NOT NULL,
    "objects" INTEGER NOT NULL,
    "bytes" INTEGER NOT NULL,
    "sha256" BYTEA NOT NULL,
    "kept_sha256" BYTEA NOT NULL,
    "redacted" JSONB NOT NULL,
    "repaired" BOOLEAN NOT NULL DEFAULT false,
    "vendor_request_id" TEXT,
    "vendor_date" TEXT,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,
    "elapsed_ms" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "encoding" TEXT NOT NULL,
    "body" BYTEA NOT NULL,
    "entries_at" TEXT NOT NULL,

    CONSTRAINT "migration_evidence_pages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_source_objects" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "snapshot_id" UUID NOT NULL,
    "chain_id" UUID NOT NULL,
    "pass" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "parent" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "evidence" JSONB NOT NULL,

    CONSTRAINT "migration_source_objects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_inventory_items" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "snapshot_id" UUID NOT NULL,
    "chain_id" UUID NOT NULL,
    "pass" INTEGER NOT NULL,
    "ordinal" BIGSERIAL NOT NULL,
    "item_type" TEXT NOT NULL,
    "source_type" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT,
    "vendor_kind" TEXT NOT NULL,
    "normalized" JSONB NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "evidence" JSONB NOT NULL,

    CONSTRAINT "migration_inventory_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_item_relations" (
    "tenant_id" UUID NOT NULL,
    "snapshot_id" UUID NOT NULL,
    "from_item_id" UUID NOT NULL,
    "relation" TEXT NOT NULL,
    "to_item_type" TEXT,
    "to_external_id" TEXT NOT NULL,
    "to_item_id" UUID,

    CONSTRAINT "migration_item_relations_pkey" PRIMARY KEY ("from_item_id","relation","to_external_id")
);

-- CreateTable
CREATE TABLE "migration_assessments" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "snapshot_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "classifier_version" TEXT NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "summary" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_assessments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_item_assessments" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "assessment_id" UUID NOT NULL,
    "item_id" UUID NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "item_type" TEXT NOT NULL,
    "compatibility_class" TEXT NOT NULL,
    "target_contract" TEXT NOT NULL,
    "rationale" TEXT NOT NULL,
    "approximation_notes" JSONB NOT NULL,
    "blocked_reason" TEXT,
    "operator_impact" TEXT NOT NULL,
    "user_impact" TEXT NOT NULL,
    "findings" JSONB NOT NULL,
    "rule_ids" TEXT[],
    "lifts_to" TEXT,
    "depends_on" JSONB NOT NULL,

    CONSTRAINT "migration_item_assessments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_ocm_impacts" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "assessment_id" UUID NOT NULL,
    "impact_type" TEXT NOT NULL,
    "audience" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "unavoidable" BOOLEAN NOT NULL,
    "summary" TEXT NOT NULL,
    "item_count" INTEGER NOT NULL,
    "acknowledged_by" JSONB,
    "acknowledged_at" TIMESTAMPTZ(3),
    "note" TEXT,

    CONSTRAINT "migration_ocm_impacts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_ocm_impact_items" (
    "impact_id" UUID NOT NULL,
    "item_id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "ordinal" BIGINT NOT NULL,

    CONSTRAINT "migration_ocm_impact_items_pkey" PRIMARY KEY ("impact_id","item_id")
);

-- CreateTable
CREATE TABLE "migration_cutover_plans" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "snapshot_id" UUID NOT NULL,
    "assessment_id" UUID NOT NULL,
    "build_run_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "scope" JSONB NOT NULL,
    "scope_key" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "built_at" TIMESTAMPTZ(3),
    "summary" JSONB,
    "rollback" JSONB,
    "completion" JSONB,
    "active_execution_id" UUID,
    "latest_execution_id" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_cutover_plans_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_cutover_steps" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "item_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "sequence" INTEGER NOT NULL,
    "item_type" TEXT NOT NULL,
    "target_contract" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "disposition" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "reason_code" TEXT,
    "reason" TEXT,
    "depends_on" UUID[],
    "target_payload" JSONB,
    "target_keys" TEXT[],
    "outcome" TEXT,
    "target_resource_id" UUID,
    "failure" JSONB,
    "secret_state" TEXT NOT NULL DEFAULT 'none',
    "sealed_secret" TEXT,

    CONSTRAINT "migration_cutover_steps_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_cutover_previews" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "covers" JSONB,
    "changes" JSONB,
    "warnings" JSONB,
    "token_hash" BYTEA,
    "minted_by" JSONB,
    "minted_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_cutover_previews_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_cutover_executions" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "preview_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    "retry_of" UUID,
    "status" TEXT NOT NULL,
    "recipient_jwk" JSONB,
    "summary" JSONB,
    "changes" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_cutover_executions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_execution_steps" (
    "execution_id" UUID NOT NULL,
    "step_id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "reason_code" TEXT,
    "outcome" TEXT,
    "failure" JSONB,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "migration_execution_steps_pkey" PRIMARY KEY ("execution_id","step_id")
);

-- CreateTable
CREATE TABLE "migration_step_attempts" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "step_id" UUID NOT NULL,
    "execution_id" UUID NOT NULL,
    "run_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "worker" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "failure" JSONB,

    CONSTRAINT "migration_step_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_target_links" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "target_contract" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "target_resource_id" UUID NOT NULL,
    "origin" TEXT NOT NULL,
    "plan_id" UUID NOT NULL,
    "step_id" UUID NOT NULL,
    "execution_id" UUID NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "client_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_target_links_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_audit_records" (
    "sequence" BIGSERIAL NOT NULL,
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "actor" JSONB NOT NULL,
    "targets" JSONB NOT NULL,
    "request_id" TEXT,
    "facts" JSONB NOT NULL,
    "unique_key" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_audit_records_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "migration_workflow_runs" (
    "temporal_run_id" TEXT NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "workflow_type" TEXT NOT NULL,
    "run_id" UUID,
    "tenant_id" UUID,
    "status" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "failure" JSONB,
    "closed_by" JSONB,
    "last_event_id" BIGINT NOT NULL DEFAULT 0,
    "mirrored_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_workflow_runs_pkey" PRIMARY KEY ("temporal_run_id")
);

-- CreateTable
CREATE TABLE "migration_workflow_activities" (
    "temporal_run_id" TEXT NOT NULL,
    "scheduled_event_id" BIGINT NOT NULL,
    "activity_id" TEXT NOT NULL,
    "activity_type" TEXT NOT NULL,
    "task_queue" TEXT NOT NULL,
    "summary" TEXT,
    "status" TEXT NOT NULL,
    "attempt" INTEGER,
    "worker" TEXT,
    "scheduled_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "closed_event_id" BIGINT,
    "failure" JSONB,

    CONSTRAINT "migration_workflow_activities_pkey" PRIMARY KEY ("temporal_run_id","scheduled_event_id")
);

-- CreateTable
CREATE TABLE "migration_source_budgets" (
    "host" TEXT NOT NULL,
    "bucket" TEXT NOT NULL,
    "state" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_source_budgets_pkey" PRIMARY KEY ("host","bucket")
);

-- CreateTable
CREATE TABLE "runtime_groups" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "description" TEXT,
    "fingerprint" TEXT NOT NULL,
    "migrated_by" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runtime_groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runtime_applications" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "secret_hash" BYTEA,
    "fingerprint" TEXT NOT NULL,
    "migrated_by" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runtime_applications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runtime_assignments" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "migrated_by" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runtime_assignments_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "migration_workspaces_tenant_id_id_key" ON "migration_workspaces"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "migration_sources_tenant_id_workspace_id_idx" ON "migration_sources"("tenant_id", "workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_sources_tenant_id_id_key" ON "migration_sources"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "migration_runs_workflow_id_started_at_idx" ON "migration_runs"("workflow_id", "started_at");

-- CreateIndex
CREATE UNIQUE INDEX "migration_runs_tenant_id_id_key" ON "migration_runs"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_snapshots_run_id_key" ON "migration_snapshots"("run_id");

-- CreateIndex
CREATE INDEX "migration_snapshots_tenant_id_source_id_id_idx" ON "migration_snapshots"("tenant_id", "source_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_snapshots_tenant_id_id_key" ON "migration_snapshots"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_snapshots_tenant_id_run_id_key" ON "migration_snapshots"("tenant_id", "run_id");

-- CreateIndex
CREATE INDEX "migration_collection_chains_snapshot_id_collection_status_i_idx" ON "migration_collection_chains"("snapshot_id", "collection", "status", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_collection_chains_tenant_id_id_key" ON "migration_collection_chains"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_collection_chains_snapshot_id_collection_key_key" ON "migration_collection_chains"("snapshot_id", "collection", "key");

-- CreateIndex
CREATE INDEX "migration_evidence_pages_snapshot_id_collection_chain_id_pa_idx" ON "migration_evidence_pages"("snapshot_id", "collection", "chain_id", "page");

-- CreateIndex
CREATE UNIQUE INDEX "migration_evidence_pages_tenant_id_id_key" ON "migration_evidence_pages"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_evidence_pages_snapshot_id_chain_id_pass_page_key" ON "migration_evidence_pages"("snapshot_id", "chain_id", "pass", "page");

-- CreateIndex
CREATE INDEX "migration_source_objects_snapshot_id_chain_id_pass_idx" ON "migration_source_objects"("snapshot_id", "chain_id", "pass");

-- CreateIndex
CREATE UNIQUE INDEX "migration_source_objects_snapshot_id_kind_parent_external_i_key" ON "migration_source_objects"("snapshot_id", "kind", "parent", "external_id");

-- CreateIndex
CREATE INDEX "migration_inventory_items_snapshot_id_chain_id_pass_idx" ON "migration_inventory_items"("snapshot_id", "chain_id", "pass");

-- CreateIndex
CREATE UNIQUE INDEX "migration_inventory_items_tenant_id_id_key" ON "migration_inventory_items"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_inventory_items_snapshot_id_item_type_external_id_key" ON "migration_inventory_items"("snapshot_id", "item_type", "external_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_inventory_items_snapshot_id_ordinal_key" ON "migration_inventory_items"("snapshot_id", "ordinal");

-- CreateIndex
CREATE INDEX "migration_item_relations_snapshot_id_idx" ON "migration_item_relations"("snapshot_id");

-- CreateIndex
CREATE INDEX "migration_item_relations_to_item_id_idx" ON "migration_item_relations"("to_item_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_assessments_run_id_key" ON "migration_assessments"("run_id");

-- CreateIndex
CREATE INDEX "migration_assessments_tenant_id_workspace_id_id_idx" ON "migration_assessments"("tenant_id", "workspace_id", "id");

-- CreateIndex
CREATE INDEX "migration_assessments_tenant_id_source_id_id_idx" ON "migration_assessments"("tenant_id", "source_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_assessments_tenant_id_id_key" ON "migration_assessments"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_assessments_tenant_id_run_id_key" ON "migration_assessments"("tenant_id", "run_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_item_assessments_assessment_id_item_id_key" ON "migration_item_assessments"("assessment_id", "item_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_item_assessments_assessment_id_ordinal_key" ON "migration_item_assessments"("assessment_id", "ordinal");

-- CreateIndex
CREATE UNIQUE INDEX "migration_ocm_impacts_tenant_id_id_key" ON "migration_ocm_impacts"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_ocm_impacts_assessment_id_impact_type_audience_key" ON "migration_ocm_impacts"("assessment_id", "impact_type", "audience");

-- CreateIndex
CREATE UNIQUE INDEX "migration_ocm_impact_items_impact_id_ordinal_key" ON "migration_ocm_impact_items"("impact_id", "ordinal");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_plans_build_run_id_key" ON "migration_cutover_plans"("build_run_id");

-- CreateIndex
CREATE INDEX "migration_cutover_plans_tenant_id_workspace_id_id_idx" ON "migration_cutover_plans"("tenant_id", "workspace_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_plans_tenant_id_id_key" ON "migration_cutover_plans"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_plans_tenant_id_build_run_id_key" ON "migration_cutover_plans"("tenant_id", "build_run_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_plans_assessment_id_scope_key_key" ON "migration_cutover_plans"("assessment_id", "scope_key");

-- CreateIndex
CREATE INDEX "migration_cutover_steps_plan_id_sequence_idx" ON "migration_cutover_steps"("plan_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_steps_tenant_id_id_key" ON "migration_cutover_steps"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_steps_plan_id_item_id_key" ON "migration_cutover_steps"("plan_id", "item_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_previews_run_id_key" ON "migration_cutover_previews"("run_id");

-- CreateIndex
CREATE INDEX "migration_cutover_previews_plan_id_created_at_idx" ON "migration_cutover_previews"("plan_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_previews_tenant_id_id_key" ON "migration_cutover_previews"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_previews_tenant_id_run_id_key" ON "migration_cutover_previews"("tenant_id", "run_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_executions_run_id_key" ON "migration_cutover_executions"("run_id");

-- CreateIndex
CREATE INDEX "migration_cutover_executions_plan_id_created_at_idx" ON "migration_cutover_executions"("plan_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_executions_tenant_id_id_key" ON "migration_cutover_executions"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_cutover_executions_tenant_id_run_id_key" ON "migration_cutover_executions"("tenant_id", "run_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_step_attempts_step_id_execution_id_run_id_number_key" ON "migration_step_attempts"("step_id", "execution_id", "run_id", "number");

-- CreateIndex
CREATE INDEX "migration_target_links_tenant_id_target_resource_id_idx" ON "migration_target_links"("tenant_id", "target_resource_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_target_links_tenant_id_source_id_target_contract__key" ON "migration_target_links"("tenant_id", "source_id", "target_contract", "external_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_audit_records_id_key" ON "migration_audit_records"("id");

-- CreateIndex
CREATE INDEX "migration_audit_records_tenant_id_sequence_idx" ON "migration_audit_records"("tenant_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "migration_audit_records_tenant_id_unique_key_key" ON "migration_audit_records"("tenant_id", "unique_key");

-- CreateIndex
CREATE INDEX "migration_workflow_runs_workflow_id_idx" ON "migration_workflow_runs"("workflow_id");

-- CreateIndex
CREATE INDEX "migration_workflow_runs_run_id_idx" ON "migration_workflow_runs"("run_id");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_groups_tenant_id_id_key" ON "runtime_groups"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_groups_tenant_id_name_key_key" ON "runtime_groups"("tenant_id", "name_key");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_applications_tenant_id_id_key" ON "runtime_applications"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_applications_tenant_id_client_id_key" ON "runtime_applications"("tenant_id", "client_id");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_assignments_tenant_id_id_key" ON "runtime_assignments"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_assignments_tenant_id_application_id_group_id_key" ON "runtime_assignments"("tenant_id", "application_id", "group_id");

-- AddForeignKey
ALTER TABLE "migration_sources" ADD CONSTRAINT "migration_sources_tenant_id_workspace_id_fkey" FOREIGN KEY ("tenant_id", "workspace_id") REFERENCES "migration_workspaces"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_snapshots" ADD CONSTRAINT "migration_snapshots_tenant_id_workspace_id_fkey" FOREIGN KEY ("tenant_id", "workspace_id") REFERENCES "migration_workspaces"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_snapshots" ADD CONSTRAINT "migration_snapshots_tenant_id_source_id_fkey" FOREIGN KEY ("tenant_id", "source_id") REFERENCES "migration_sources"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_snapshots" ADD CONSTRAINT "migration_snapshots_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "migration_runs"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_collection_chains" ADD CONSTRAINT "migration_collection_chains_tenant_id_snapshot_id_fkey" FOREIGN KEY ("tenant_id", "snapshot_id") REFERENCES "migration_snapshots"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_evidence_pages" ADD CONSTRAINT "migration_evidence_pages_tenant_id_snapshot_id_fkey" FOREIGN KEY ("tenant_id", "snapshot_id") REFERENCES "migration_snapshots"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_evidence_pages" ADD CONSTRAINT "migration_evidence_pages_tenant_id_chain_id_fkey" FOREIGN KEY ("tenant_id", "chain_id") REFERENCES "migration_collection_chains"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_source_objects" ADD CONSTRAINT "migration_source_objects_tenant_id_snapshot_id_fkey" FOREIGN KEY ("tenant_id", "snapshot_id") REFERENCES "migration_snapshots"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_inventory_items" ADD CONSTRAINT "migration_inventory_items_tenant_id_snapshot_id_fkey" FOREIGN KEY ("tenant_id", "snapshot_id") REFERENCES "migration_snapshots"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_item_relations" ADD CONSTRAINT "migration_item_relations_tenant_id_snapshot_id_fkey" FOREIGN KEY ("tenant_id", "snapshot_id") REFERENCES "migration_snapshots"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_item_relations" ADD CONSTRAINT "migration_item_relations_tenant_id_from_item_id_fkey" FOREIGN KEY ("tenant_id", "from_item_id") REFERENCES "migration_inventory_items"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_item_relations" ADD CONSTRAINT "migration_item_relations_tenant_id_to_item_id_fkey" FOREIGN KEY ("tenant_id", "to_item_id") REFERENCES "migration_inventory_items"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_assessments" ADD CONSTRAINT "migration_assessments_tenant_id_workspace_id_fkey" FOREIGN KEY ("tenant_id", "workspace_id") REFERENCES "migration_workspaces"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_assessments" ADD CONSTRAINT "migration_assessments_tenant_id_source_id_fkey" FOREIGN KEY ("tenant_id", "source_id") REFERENCES "migration_sources"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_assessments" ADD CONSTRAINT "migration_assessments_tenant_id_snapshot_id_fkey" FOREIGN KEY ("tenant_id", "snapshot_id") REFERENCES "migration_snapshots"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_assessments" ADD CONSTRAINT "migration_assessments_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "migration_runs"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_item_assessments" ADD CONSTRAINT "migration_item_assessments_tenant_id_assessment_id_fkey" FOREIGN KEY ("tenant_id", "assessment_id") REFERENCES "migration_assessments"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_item_assessments" ADD CONSTRAINT "migration_item_assessments_tenant_id_item_id_fkey" FOREIGN KEY ("tenant_id", "item_id") REFERENCES "migration_inventory_items"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_ocm_impacts" ADD CONSTRAINT "migration_ocm_impacts_tenant_id_assessment_id_fkey" FOREIGN KEY ("tenant_id", "assessment_id") REFERENCES "migration_assessments"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_ocm_impact_items" ADD CONSTRAINT "migration_ocm_impact_items_tenant_id_impact_id_fkey" FOREIGN KEY ("tenant_id", "impact_id") REFERENCES "migration_ocm_impacts"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_ocm_impact_items" ADD CONSTRAINT "migration_ocm_impact_items_tenant_id_item_id_fkey" FOREIGN KEY ("tenant_id", "item_id") REFERENCES "migration_inventory_items"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_plans" ADD CONSTRAINT "migration_cutover_plans_tenant_id_workspace_id_fkey" FOREIGN KEY ("tenant_id", "workspace_id") REFERENCES "migration_workspaces"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_plans" ADD CONSTRAINT "migration_cutover_plans_tenant_id_source_id_fkey" FOREIGN KEY ("tenant_id", "source_id") REFERENCES "migration_sources"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_plans" ADD CONSTRAINT "migration_cutover_plans_tenant_id_snapshot_id_fkey" FOREIGN KEY ("tenant_id", "snapshot_id") REFERENCES "migration_snapshots"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_plans" ADD CONSTRAINT "migration_cutover_plans_tenant_id_assessment_id_fkey" FOREIGN KEY ("tenant_id", "assessment_id") REFERENCES "migration_assessments"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_plans" ADD CONSTRAINT "migration_cutover_plans_tenant_id_build_run_id_fkey" FOREIGN KEY ("tenant_id", "build_run_id") REFERENCES "migration_runs"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_steps" ADD CONSTRAINT "migration_cutover_steps_tenant_id_plan_id_fkey" FOREIGN KEY ("tenant_id", "plan_id") REFERENCES "migration_cutover_plans"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_steps" ADD CONSTRAINT "migration_cutover_steps_tenant_id_item_id_fkey" FOREIGN KEY ("tenant_id", "item_id") REFERENCES "migration_inventory_items"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_previews" ADD CONSTRAINT "migration_cutover_previews_tenant_id_plan_id_fkey" FOREIGN KEY ("tenant_id", "plan_id") REFERENCES "migration_cutover_plans"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_previews" ADD CONSTRAINT "migration_cutover_previews_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "migration_runs"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_executions" ADD CONSTRAINT "migration_cutover_executions_tenant_id_plan_id_fkey" FOREIGN KEY ("tenant_id", "plan_id") REFERENCES "migration_cutover_plans"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_cutover_executions" ADD CONSTRAINT "migration_cutover_executions_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "migration_runs"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_execution_steps" ADD CONSTRAINT "migration_execution_steps_tenant_id_execution_id_fkey" FOREIGN KEY ("tenant_id", "execution_id") REFERENCES "migration_cutover_executions"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_execution_steps" ADD CONSTRAINT "migration_execution_steps_tenant_id_step_id_fkey" FOREIGN KEY ("tenant_id", "step_id") REFERENCES "migration_cutover_steps"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_step_attempts" ADD CONSTRAINT "migration_step_attempts_tenant_id_step_id_fkey" FOREIGN KEY ("tenant_id", "step_id") REFERENCES "migration_cutover_steps"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_workflow_activities" ADD CONSTRAINT "migration_workflow_activities_temporal_run_id_fkey" FOREIGN KEY ("temporal_run_id") REFERENCES "migration_workflow_runs"("temporal_run_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runtime_assignments" ADD CONSTRAINT "runtime_assignments_tenant_id_application_id_fkey" FOREIGN KEY ("tenant_id", "application_id") REFERENCES "runtime_applications"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runtime_assignments" ADD CONSTRAINT "runtime_assignments_tenant_id_group_id_fkey" FOREIGN KEY ("tenant_id", "group_id") REFERENCES "runtime_groups"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What schema.prisma cannot say. `npm run migrate -- --create` puts new statements of this file nowhere by itself:
-- copy them into the new migration; `npm run migrate -- --check` fails until both agree.

-- Closed sets. The same words stand in domain/ as constants; a test holds the two together.
ALTER TABLE "migration_workspaces"
  ADD CONSTRAINT "migration_workspaces_mode_check" CHECK ("mode" IN ('first_run_adoption', 'merge_into_existing')),
  ADD CONSTRAINT "migration_workspaces_status_check" CHECK ("status" IN ('draft', 'ready_for_inventory', 'archived')),
  ADD CONSTRAINT "migration_workspaces_archived_at_check" CHECK (("status" = 'archived') = ("archived_at" IS NOT NULL));

ALTER TABLE "migration_sources"
  ADD CONSTRAINT "migration_sources_type_check" CHECK ("source_type" IN ('okta', 'entra')),
  ADD CONSTRAINT "migration_sources_status_check" CHECK ("status" IN ('configured', 'archived')),
  ADD CONSTRAINT "migration_sources_archived_check" CHECK (
    ("status" = 'archived') = ("archived_at" IS NOT NULL) AND ("status" = 'configured') = ("sealed_secret" IS NOT NULL)
  );

ALTER TABLE "migration_runs"
  ADD CONSTRAINT "migration_runs_kind_check" CHECK ("kind" IN ('collect', 'assess', 'plan', 'preview', 'apply')),
  ADD CONSTRAINT "migration_runs_claim_check" CHECK (("claimed_at" IS NULL) = (cardinality("run_ids") = 0)),
  ADD CONSTRAINT "migration_runs_failure_check" CHECK ("failure" IS NULL OR "ended_at" IS NOT NULL);

ALTER TABLE "migration_snapshots"
  ADD CONSTRAINT "migration_snapshots_status_check" CHECK ("status" IN ('collecting', 'completed', 'failed')),
  ADD CONSTRAINT "migration_snapshots_summary_check" CHECK (("status" = 'completed') = ("summary" IS NOT NULL));

ALTER TABLE "migration_collection_chains"
  ADD CONSTRAINT "migration_collection_chains_status_check" CHECK ("status" IN ('open', 'closed', 'refused')),
  ADD CONSTRAINT "migration_collection_chains_refusal_check" CHECK (("status" = 'refused') = ("refusal" IS NOT NULL));

ALTER TABLE "migration_inventory_items"
  ADD CONSTRAINT "migration_inventory_items_type_check" CHECK (
    "item_type" IN ('application', 'provider', 'routing_rule', 'policy', 'group', 'assignment', 'domain')
  );

ALTER TABLE "migration_assessments"
  ADD CONSTRAINT "migration_assessments_status_check" CHECK ("status" IN ('assessing', 'completed', 'failed')),
  ADD CONSTRAINT "migration_assessments_summary_check" CHECK (("status" = 'completed') = ("summary" IS NOT NULL));

ALTER TABLE "migration_item_assessments"
  ADD CONSTRAINT "migration_item_assessments_class_check" CHECK (
    "compatibility_class" IN (
      'native_import', 'import_with_approximation', 'visibility_only', 'manual_rebuild_required', 'blocked'
    )
  ),
  ADD CONSTRAINT "migration_item_assessments_blocked_check" CHECK (
    ("compatibility_class" = 'blocked') = ("blocked_reason" IS NOT NULL)
  );

ALTER TABLE "migration_ocm_impacts"
  ADD CONSTRAINT "migration_ocm_impacts_audience_check" CHECK (
    "audience" IN ('end_users', 'application_owners', 'administrators', 'help_desk', 'security')
  ),
  ADD CONSTRAINT "migration_ocm_impacts_severity_check" CHECK ("severity" IN ('low', 'medium', 'high', 'critical')),
  ADD CONSTRAINT "migration_ocm_impacts_acknowledged_check" CHECK (
    ("acknowledged_at" IS NULL) = ("acknowledged_by" IS NULL)
  );

ALTER TABLE "migration_cutover_plans"
  ADD CONSTRAINT "migration_cutover_plans_status_check" CHECK (
    "status" IN ('draft', 'previewed', 'applied', 'applied_with_follow_up', 'failed')
  );

ALTER TABLE "migration_cutover_steps"
  ADD CONSTRAINT "migration_cutover_steps_action_check" CHECK ("action" IN ('create', 'bind', 'none')),
  ADD CONSTRAINT "migration_cutover_steps_disposition_check" CHECK (
    "disposition" IN ('planned', 'manual_follow_up', 'blocked', 'skipped')
  ),
  ADD CONSTRAINT "migration_cutover_steps_status_check" CHECK (
    "status" IN ('planned', 'manual_follow_up', 'blocked', 'skipped', 'applied', 'failed')
  ),
  ADD CONSTRAINT "migration_cutover_steps_secret_state_check" CHECK (
    "secret_state" IN ('none', 'pending', 'delivered', 'lost')
  ),
  -- A step is a union by status: none has the others' fields.
  ADD CONSTRAINT "migration_cutover_steps_applied_check" CHECK (
    ("status" = 'applied') = ("outcome" IS NOT NULL) AND ("outcome" IS NOT NULL) = ("target_resource_id" IS NOT NULL)
  ),
  ADD CONSTRAINT "migration_cutover_steps_failed_check" CHECK (("status" = 'failed') = ("failure" IS NOT NULL)),
  ADD CONSTRAINT "migration_cutover_steps_secret_check" CHECK (
    ("sealed_secret" IS NOT NULL) = ("secret_state" = 'pending')
  ),
  ADD CONSTRAINT "migration_cutover_steps_action_payload_check" CHECK (
    ("disposition" = 'planned') = ("action" <> 'none') AND ("action" <> 'create' OR "target_payload" IS NOT NULL)
  );

ALTER TABLE "migration_cutover_previews"
  ADD CONSTRAINT "migration_cutover_previews_state_check" CHECK (
    "state" IN ('running', 'ready', 'refused', 'failed', 'minted', 'consumed', 'superseded', 'expired', 'stale')
  );

ALTER TABLE "migration_cutover_executions"
  ADD CONSTRAINT "migration_cutover_executions_status_check" CHECK (
    "status" IN ('started', 'completed', 'completed_with_follow_up', 'failed')
  ),
  ADD CONSTRAINT "migration_cutover_executions_trigger_check" CHECK (
    "trigger" IN ('apply', 'retry', 'temporal_reset')
  );

ALTER TABLE "migration_step_attempts"
  ADD CONSTRAINT "migration_step_attempts_status_check" CHECK (
    "status" IN ('running', 'succeeded', 'failed', 'timed_out', 'lost')
  );

-- One at a time, also when two requests race.
CREATE UNIQUE INDEX "migration_workspaces_one_active_key"
  ON "migration_workspaces" ("tenant_id") WHERE "status" <> 'archived';
CREATE UNIQUE INDEX "migration_sources_name_key"
  ON "migration_sources" ("tenant_id", "workspace_id", lower("name"));
CREATE UNIQUE INDEX "migration_runs_one_open_key"
  ON "migration_runs" ("workflow_id") WHERE "ended_at" IS NULL;
CREATE UNIQUE INDEX "migration_snapshots_one_collecting_key"
  ON "migration_snapshots" ("source_id") WHERE "status" = 'collecting';
CREATE UNIQUE INDEX "migration_assessments_one_assessing_key"
  ON "migration_assessments" ("snapshot_id") WHERE "status" = 'assessing';
CREATE UNIQUE INDEX "migration_cutover_executions_one_started_key"
  ON "migration_cutover_executions" ("tenant_id") WHERE "status" = 'started';
CREATE UNIQUE INDEX "migration_cutover_previews_one_minted_key"
  ON "migration_cutover_previews" ("plan_id") WHERE "state" = 'minted';

-- The mirror asks for what it has not finished.
CREATE INDEX "migration_runs_unmirrored_idx" ON "migration_runs" ("started_at")
  WHERE "ended_at" IS NULL OR "mirrored_at" IS NULL;

-- What is written to the audit trail stays.
CREATE FUNCTION "migration_audit_records_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit records are append-only' USING ERRCODE = 'restrict_violation';
END;
$$;
CREATE TRIGGER "migration_audit_records_append_only"
  BEFORE UPDATE OR DELETE ON "migration_audit_records"
  FOR EACH ROW EXECUTE FUNCTION "migration_audit_records_refuse_change"();
CREATE TRIGGER "migration_audit_records_no_truncate"
  BEFORE TRUNCATE ON "migration_audit_records"
  FOR EACH STATEMENT EXECUTE FUNCTION "migration_audit_records_refuse_change"();
