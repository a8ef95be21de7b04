import { z } from 'zod';

/**
 * Identifiers are UUIDs, branded by what they name, so that a source's id cannot be passed where a tenant's is
 * due. Rows of ours carry UUIDv7; a tenant id is given to us and may be any UUID.
 */
const id = <Name extends string>(_name: Name) => z.uuid().toLowerCase().brand<Name>();

export const TenantId = id('TenantId');
export type TenantId = z.infer<typeof TenantId>;

export const WorkspaceId = id('WorkspaceId');
export type WorkspaceId = z.infer<typeof WorkspaceId>;

export const SourceId = id('SourceId');
export type SourceId = z.infer<typeof SourceId>;

export const SnapshotId = id('SnapshotId');
export type SnapshotId = z.infer<typeof SnapshotId>;

export const ItemId = id('ItemId');
export type ItemId = z.infer<typeof ItemId>;

export const EvidenceId = id('EvidenceId');
export type EvidenceId = z.infer<typeof EvidenceId>;

export const AssessmentId = id('AssessmentId');
export type AssessmentId = z.infer<typeof AssessmentId>;

export const ImpactId = id('ImpactId');
export type ImpactId = z.infer<typeof ImpactId>;

export const MergeDecisionId = id('MergeDecisionId');
export type MergeDecisionId = z.infer<typeof MergeDecisionId>;

export const PlanId = id('PlanId');
export type PlanId = z.infer<typeof PlanId>;

export const StepId = id('StepId');
export type StepId = z.infer<typeof StepId>;

export const PreviewId = id('PreviewId');
export type PreviewId = z.infer<typeof PreviewId>;

export const ExecutionId = id('ExecutionId');
export type ExecutionId = z.infer<typeof ExecutionId>;

/** The row that authorises one run of long work; see `domain/run.ts`. */
export const RunId = id('RunId');
export type RunId = z.infer<typeof RunId>;

export const TargetResourceId = id('TargetResourceId');
export type TargetResourceId = z.infer<typeof TargetResourceId>;
