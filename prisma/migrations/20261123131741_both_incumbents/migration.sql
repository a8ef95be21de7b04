-- AlterTable
ALTER TABLE "migration_sources" ADD COLUMN     "verification" JSONB,
ADD COLUMN     "verification_run_id" UUID;

-- AlterTable
ALTER TABLE "migration_inventory_items" ADD COLUMN     "alternate_id" TEXT;

-- AlterTable
ALTER TABLE "migration_source_budgets" DROP COLUMN "state",
ADD COLUMN     "allowance" INTEGER NOT NULL,
ADD COLUMN     "ceiling" INTEGER,
ADD COLUMN     "closed_until" TIMESTAMPTZ(3),
ADD COLUMN     "granted" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "leases" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "resets_at" TIMESTAMPTZ(3) NOT NULL,
ADD COLUMN     "units" INTEGER;

-- CreateIndex
CREATE UNIQUE INDEX "migration_sources_tenant_id_verification_run_id_key" ON "migration_sources"("tenant_id", "verification_run_id");

-- CreateIndex
CREATE INDEX "migration_inventory_items_snapshot_id_alternate_id_idx" ON "migration_inventory_items"("snapshot_id", "alternate_id");

-- AddForeignKey
ALTER TABLE "migration_sources" ADD CONSTRAINT "migration_sources_tenant_id_verification_run_id_fkey" FOREIGN KEY ("tenant_id", "verification_run_id") REFERENCES "migration_runs"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- From handwritten.sql.
ALTER TABLE "migration_sources"
  ADD CONSTRAINT "migration_sources_verification_check" CHECK (
    ("verification" IS NULL) = ("verification_run_id" IS NULL)
  );

ALTER TABLE "migration_runs"
  DROP CONSTRAINT "migration_runs_kind_check",
  ADD CONSTRAINT "migration_runs_kind_check" CHECK (
    "kind" IN ('collect', 'verify', 'assess', 'plan', 'preview', 'apply')
  );
