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
  ),
  ADD CONSTRAINT "migration_sources_verification_check" CHECK (
    ("verification" IS NULL) = ("verification_run_id" IS NULL)
  );

ALTER TABLE "migration_runs"
  ADD CONSTRAINT "migration_runs_kind_check" CHECK (
    "kind" IN ('collect', 'verify', 'assess', 'refresh', 'plan', 'preview', 'apply', 'rotate')
  ),
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
  );

ALTER TABLE "migration_ocm_impacts"
  ADD CONSTRAINT "migration_ocm_impacts_audience_check" CHECK (
    "audience" IN ('end_users', 'application_owners', 'administrators', 'help_desk', 'security')
  ),
  ADD CONSTRAINT "migration_ocm_impacts_severity_check" CHECK ("severity" IN ('low', 'medium', 'high', 'critical')),
  ADD CONSTRAINT "migration_ocm_impacts_acknowledged_check" CHECK (
    ("acknowledged_at" IS NULL) = ("acknowledged_by" IS NULL)
  );

ALTER TABLE "migration_merge_decisions"
  ADD CONSTRAINT "migration_merge_decisions_status_check" CHECK ("status" IN ('pending', 'resolved')),
  ADD CONSTRAINT "migration_merge_decisions_resolution_check" CHECK (
    "resolution" IN ('map_to_existing', 'create_new', 'skip')
  ),
  ADD CONSTRAINT "migration_merge_decisions_mapped_check" CHECK (
    coalesce("resolution" = 'map_to_existing', false) = ("matched_resource_id" IS NOT NULL)
  ),
  ADD CONSTRAINT "migration_merge_decisions_resolved_check" CHECK (
    ("status" = 'resolved') = ("resolution" IS NOT NULL)
    AND ("status" = 'resolved') = ("resolved_at" IS NOT NULL)
    AND ("resolved_at" IS NULL) = ("resolved_by" IS NULL)
  );

ALTER TABLE "migration_item_notes"
  ADD CONSTRAINT "migration_item_notes_intent_check" CHECK ("intent" IN ('migrate', 'retire', 'keep')),
  ADD CONSTRAINT "migration_item_notes_done_check" CHECK (("done_by_hand_at" IS NULL) = ("done_by_hand_by" IS NULL));

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

-- A secret that nobody fetches is deleted a day later.
CREATE INDEX "migration_cutover_steps_pending_secret_idx" ON "migration_cutover_steps" ("sealed_at")
  WHERE "secret_state" = 'pending';

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

-- A check for each of a hundred thousand judgements would lock, and so rewrite, every item of the snapshot. Items of a
-- completed snapshot never change, and an assessment's own key keeps its snapshot.
ALTER TABLE "migration_item_assessments" DROP CONSTRAINT "migration_item_assessments_tenant_id_item_id_fkey";
