-- DropForeignKey
ALTER TABLE "migration_ocm_impact_items" DROP CONSTRAINT "migration_ocm_impact_items_tenant_id_impact_id_fkey";

-- DropForeignKey
ALTER TABLE "migration_ocm_impact_items" DROP CONSTRAINT "migration_ocm_impact_items_tenant_id_item_id_fkey";

-- DropIndex
DROP INDEX "migration_item_assessments_assessment_id_ordinal_key";

-- AlterTable
ALTER TABLE "migration_item_assessments" DROP CONSTRAINT "migration_item_assessments_pkey",
ADD CONSTRAINT "migration_item_assessments_pkey" PRIMARY KEY ("assessment_id", "ordinal");

-- AlterTable
ALTER TABLE "migration_ocm_impacts" ADD COLUMN     "item_ordinals" BIGINT[];

-- What was written before is taken over.
UPDATE "migration_ocm_impacts" i
   SET "item_ordinals" = array(SELECT "ordinal" FROM "migration_ocm_impact_items"
                                WHERE "impact_id" = i."id" ORDER BY "ordinal");

-- DropTable
DROP TABLE "migration_ocm_impact_items";

-- A check for each of a hundred thousand judgements would lock, and so rewrite, every item of the snapshot. Items of a
-- completed snapshot never change, and an assessment's own key keeps its snapshot.
ALTER TABLE "migration_item_assessments" DROP CONSTRAINT "migration_item_assessments_tenant_id_item_id_fkey";
