-- AlterTable
ALTER TABLE "migration_cutover_steps" ADD COLUMN     "binding" JSONB,
ADD COLUMN     "sealed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "migration_cutover_executions" ADD COLUMN     "follow_up_review" JSONB;
