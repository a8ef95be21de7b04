-- CreateTable
CREATE TABLE "migration_idempotency_keys" (
    "tenant_id" UUID NOT NULL,
    "actor_id" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body_hmac" BYTEA NOT NULL,
    "request_id" TEXT,
    "http_status" INTEGER NOT NULL,
    "location" TEXT NOT NULL,
    "resource_id" UUID NOT NULL,
    "run_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migration_idempotency_keys_pkey" PRIMARY KEY ("tenant_id","actor_id","method","path","key")
);

-- CreateIndex
CREATE INDEX "migration_idempotency_keys_tenant_id_run_id_idx" ON "migration_idempotency_keys"("tenant_id", "run_id");

-- CreateIndex
CREATE INDEX "migration_idempotency_keys_created_at_idx" ON "migration_idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "migration_idempotency_keys" ADD CONSTRAINT "migration_idempotency_keys_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "migration_runs"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
