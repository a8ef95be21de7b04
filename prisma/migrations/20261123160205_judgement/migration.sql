-- AlterTable
ALTER TABLE "migration_assessments" ADD COLUMN     "carry_over" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "migration_ocm_impacts" ADD COLUMN     "carried_from" UUID,
ADD COLUMN     "evidence" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "migration_cutover_steps" ADD COLUMN     "decision_version" INTEGER;

-- AlterTable
ALTER TABLE "runtime_applications" ADD COLUMN     "name_key" TEXT,
ADD COLUMN     "redirects_key" TEXT;

-- What was made before has the nearest thing to a key that PostgreSQL can say.
UPDATE "runtime_applications" SET "name_key" = lower(normalize(btrim("name"), NFKC));
ALTER TABLE "runtime_applications" ALTER COLUMN "name_key" SET NOT NULL;

-- CreateTable
CREATE TABLE "migration_merge_decisions" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "assessment_id" UUID NOT NULL,
    "item_id" UUID NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "status" TEXT NOT NULL,
    "matched_resources" JSONB NOT NULL,
    "similar" JSONB NOT NULL,
    "resolution" TEXT,
    "matched_resource_id" UUID,
    "target_overrides" JSONB,
    "allow_shared" BOOLEAN NOT NULL DEFAULT false,
    "note" TEXT,
    "resolved_by" JSONB,
    "resolved_at" TIMESTAMPTZ(3),
    "stale_reason" TEXT,
    "carried_from" UUID,
    "history" JSONB NOT NULL DEFAULT '[]',
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "migration_merge_decisions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_item_notes" (
    "tenant_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "item_type" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "owner_contact" TEXT,
    "wave" TEXT,
    "ticket" TEXT,
    "intent" TEXT,
    "done_by_hand_at" TIMESTAMPTZ(3),
    "done_by_hand_by" TEXT,
    "updated_by" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_item_notes_pkey" PRIMARY KEY ("source_id","item_type","external_id")
);

-- CreateTable
CREATE TABLE "runtime_providers" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "entity_id" TEXT NOT NULL,
    "entity_key" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "migrated_by" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runtime_providers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runtime_routing_rules" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "provider_id" UUID NOT NULL,
    "settings" JSONB NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "migrated_by" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runtime_routing_rules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runtime_rule_domains" (
    "tenant_id" UUID NOT NULL,
    "domain" TEXT NOT NULL,
    "rule_id" UUID NOT NULL,

    CONSTRAINT "runtime_rule_domains_pkey" PRIMARY KEY ("tenant_id","domain")
);

-- CreateTable
CREATE TABLE "runtime_auth_policies" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "migrated_by" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runtime_auth_policies_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "migration_merge_decisions_tenant_id_id_key" ON "migration_merge_decisions"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_merge_decisions_assessment_id_item_id_key" ON "migration_merge_decisions"("assessment_id", "item_id");

-- CreateIndex
CREATE UNIQUE INDEX "migration_merge_decisions_assessment_id_ordinal_key" ON "migration_merge_decisions"("assessment_id", "ordinal");

-- CreateIndex
CREATE INDEX "migration_item_notes_tenant_id_workspace_id_source_id_item__idx" ON "migration_item_notes"("tenant_id", "workspace_id", "source_id", "item_type", "external_id");

-- CreateIndex
CREATE INDEX "migration_item_notes_source_id_owner_contact_idx" ON "migration_item_notes"("source_id", "owner_contact");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_providers_tenant_id_id_key" ON "runtime_providers"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_providers_tenant_id_entity_id_key" ON "runtime_providers"("tenant_id", "entity_id");

-- CreateIndex
CREATE INDEX "runtime_providers_tenant_id_entity_key_idx" ON "runtime_providers"("tenant_id", "entity_key");

-- CreateIndex
CREATE INDEX "runtime_providers_tenant_id_name_key_idx" ON "runtime_providers"("tenant_id", "name_key");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_routing_rules_tenant_id_id_key" ON "runtime_routing_rules"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "runtime_routing_rules_tenant_id_name_key_idx" ON "runtime_routing_rules"("tenant_id", "name_key");

-- CreateIndex
CREATE INDEX "runtime_rule_domains_rule_id_idx" ON "runtime_rule_domains"("rule_id");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_auth_policies_tenant_id_id_key" ON "runtime_auth_policies"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "runtime_auth_policies_tenant_id_name_key_key" ON "runtime_auth_policies"("tenant_id", "name_key");

-- CreateIndex
CREATE INDEX "runtime_applications_tenant_id_redirects_key_idx" ON "runtime_applications"("tenant_id", "redirects_key");

-- CreateIndex
CREATE INDEX "runtime_applications_tenant_id_name_key_idx" ON "runtime_applications"("tenant_id", "name_key");

-- AddForeignKey
ALTER TABLE "migration_merge_decisions" ADD CONSTRAINT "migration_merge_decisions_tenant_id_assessment_id_fkey" FOREIGN KEY ("tenant_id", "assessment_id") REFERENCES "migration_assessments"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_merge_decisions" ADD CONSTRAINT "migration_merge_decisions_tenant_id_item_id_fkey" FOREIGN KEY ("tenant_id", "item_id") REFERENCES "migration_inventory_items"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_item_notes" ADD CONSTRAINT "migration_item_notes_tenant_id_workspace_id_fkey" FOREIGN KEY ("tenant_id", "workspace_id") REFERENCES "migration_workspaces"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_item_notes" ADD CONSTRAINT "migration_item_notes_tenant_id_source_id_fkey" FOREIGN KEY ("tenant_id", "source_id") REFERENCES "migration_sources"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runtime_routing_rules" ADD CONSTRAINT "runtime_routing_rules_tenant_id_provider_id_fkey" FOREIGN KEY ("tenant_id", "provider_id") REFERENCES "runtime_providers"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runtime_rule_domains" ADD CONSTRAINT "runtime_rule_domains_tenant_id_rule_id_fkey" FOREIGN KEY ("tenant_id", "rule_id") REFERENCES "runtime_routing_rules"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- From handwritten.sql.
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

ALTER TABLE "migration_runs"
  DROP CONSTRAINT "migration_runs_kind_check",
  ADD CONSTRAINT "migration_runs_kind_check" CHECK (
    "kind" IN ('collect', 'verify', 'assess', 'refresh', 'plan', 'preview', 'apply')
  );
