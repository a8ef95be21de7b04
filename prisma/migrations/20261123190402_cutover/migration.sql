-- AlterTable
ALTER TABLE "migration_cutover_steps" ADD COLUMN     "binding" JSONB,
ADD COLUMN     "sealed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "migration_cutover_executions" ADD COLUMN     "follow_up_review" JSONB;

-- Verdicts are told in their rules' words from here on; those of unreleased versions have none.
DO $$ BEGIN
  IF EXISTS (SELECT FROM "migration_item_assessments") THEN
    RAISE EXCEPTION 'Assessments that an unreleased version made cannot be kept: begin with an empty database.';
  END IF;
END $$;

-- DropIndex
DROP INDEX "migration_item_assessments_assessment_id_item_id_key";

-- AlterTable
ALTER TABLE "migration_item_assessments" DROP CONSTRAINT "migration_item_assessments_pkey",
DROP COLUMN "approximation_notes",
DROP COLUMN "blocked_reason",
DROP COLUMN "depends_on",
DROP COLUMN "findings",
DROP COLUMN "id",
DROP COLUMN "rationale",
ADD COLUMN     "evidence" JSONB NOT NULL,
ADD CONSTRAINT "migration_item_assessments_pkey" PRIMARY KEY ("assessment_id", "item_id");

-- CreateTable
CREATE TABLE "migration_assessment_rules" (
    "tenant_id" UUID NOT NULL,
    "assessment_id" UUID NOT NULL,
    "rule_id" TEXT NOT NULL,
    "outcome" TEXT,
    "text" TEXT NOT NULL,
    "remedy" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "fields" JSONB NOT NULL,

    CONSTRAINT "migration_assessment_rules_pkey" PRIMARY KEY ("assessment_id","rule_id")
);

-- AddForeignKey
ALTER TABLE "migration_assessment_rules" ADD CONSTRAINT "migration_assessment_rules_tenant_id_assessment_id_fkey" FOREIGN KEY ("tenant_id", "assessment_id") REFERENCES "migration_assessments"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AlterTable
ALTER TABLE "migration_runs" ADD COLUMN     "recipient_jwk" JSONB;

-- AlterTable
ALTER TABLE "migration_cutover_steps" ADD COLUMN     "intent" JSONB,
ADD COLUMN     "planned_reason" JSONB;

ALTER TABLE "migration_runs"
  DROP CONSTRAINT "migration_runs_kind_check",
  ADD CONSTRAINT "migration_runs_kind_check" CHECK (
    "kind" IN ('collect', 'verify', 'assess', 'refresh', 'plan', 'preview', 'apply', 'rotate')
  );

CREATE INDEX "migration_cutover_steps_pending_secret_idx" ON "migration_cutover_steps" ("sealed_at")
  WHERE "secret_state" = 'pending';

-- AlterTable
ALTER TABLE "migration_cutover_previews" ADD COLUMN     "source_findings" JSONB;
