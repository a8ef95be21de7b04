import { z } from 'zod';
import { SourceConfig, sourceStatuses, sourceTypes } from '../../domain/source.ts';
import { Verification } from '../../domain/verification.ts';
import type { Source, StoredVerification } from '../../prisma/store/sources.ts';
import { Time, time, timeOrNull } from './common.ts';

/** A source connection. There is no member for its secret, so none can leave. */
export const SourceView = z
  .strictObject({
    id: z.string(),
    tenant_id: z.string(),
    workspace_id: z.string(),
    name: z.string(),
    source_type: z.enum(sourceTypes),
    connection_mode: z.string(),
    config: SourceConfig,
    status: z.enum(sourceStatuses),
    last_inventory_at: Time.nullable(),
    verification: Verification.nullable(),
    created_by: z.string(),
    created_at: Time,
    archived_at: Time.nullable(),
  })
  .meta({ id: 'Source' });

const viewVerification = ({
  source_version: _version,
  asked: _asked,
  ...verification
}: StoredVerification): Verification => verification;

export const viewSource = (source: Source) => ({
  id: source.id,
  tenant_id: source.tenantId,
  workspace_id: source.workspaceId,
  name: source.name,
  source_type: source.sourceType,
  connection_mode: source.connectionMode,
  config: source.config,
  status: source.status,
  last_inventory_at: timeOrNull(source.lastInventoryAt),
  verification: source.verification && viewVerification(source.verification),
  created_by: source.createdBy.id,
  created_at: time(source.createdAt),
  archived_at: timeOrNull(source.archivedAt),
});
