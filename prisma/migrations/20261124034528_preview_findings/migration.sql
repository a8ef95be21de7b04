-- AlterTable
ALTER TABLE "migration_cutover_previews" ADD COLUMN     "plan_findings" JSONB;
