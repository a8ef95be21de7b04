import type { Run } from './run.ts';

/** From what moves as it is to what cannot move; a worse one wins. */
export const compatibilityClasses = [
  'native_import',
  'import_with_approximation',
  'visibility_only',
  'manual_rebuild_required',
  'blocked',
] as const;
export type CompatibilityClass = (typeof compatibilityClasses)[number];

/** What a class says of an item, after "it". */
export const classMeanings: Readonly<Record<CompatibilityClass, string>> = {
  native_import: 'can be recreated at the target as it is',
  import_with_approximation: 'can be recreated at the target, with differences',
  visibility_only: 'is listed for your information and is not moved',
  manual_rebuild_required: 'must be rebuilt by hand',
  blocked: 'cannot move',
};

export const worst = (classes: readonly CompatibilityClass[]): CompatibilityClass =>
  classes.reduce(
    (a, b) => (compatibilityClasses.indexOf(a) >= compatibilityClasses.indexOf(b) ? a : b),
    'native_import',
  );

/** What a cutover would make of an item at the target. */
export const targetContracts = [
  'upstream_saml_provider',
  'federation_routing_rule',
  'tenant_group',
  'tenant_oidc_application',
  'tenant_app_assignment',
  'auth_policy',
  'verified_domain',
  'none',
] as const;
export type TargetContract = (typeof targetContracts)[number];

export const impactLevels = ['none', 'low', 'medium', 'high'] as const;
export type ImpactLevel = (typeof impactLevels)[number];

export const highest = (levels: readonly ImpactLevel[]): ImpactLevel =>
  levels.reduce((a, b) => (impactLevels.indexOf(a) >= impactLevels.indexOf(b) ? a : b), 'none');

export const assessmentStatuses = ['assessing', 'completed', 'failed'] as const;
export type AssessmentStatus = (typeof assessmentStatuses)[number];

/** A rule that fired: what it found, on which evidence, and what would mend it. */
export interface Finding {
  rule_id: string;
  /** The class the rule stands for; null for a finding that changes none. */
  outcome: CompatibilityClass | null;
  text: string;
  remedy: string;
  document: string;
  /** What the rule read: a pointer into the raw payload, or the name of a fact from elsewhere in the snapshot. */
  evidence: { pointer: string; value: unknown }[];
}

export interface Dependency {
  item_id: string | null;
  relation: string;
  external_id: string;
  resolved: boolean;
}

/** What a run keeps of the judgement of one item; a verdict is told from it, in the words of the run's rules. */
export interface Judgement {
  compatibility_class: CompatibilityClass;
  target_contract: TargetContract;
  operator_impact: ImpactLevel;
  user_impact: ImpactLevel;
  /** The rules that fired, in the order of their set. */
  rule_ids: string[];
  /** What those rules read, by field; each field once, however many rules read it. */
  evidence: Record<string, unknown>;
  lifts_to: CompatibilityClass | null;
}

/** A rule as a run told of it. */
export interface RuleWords {
  rule_id: string;
  outcome: CompatibilityClass | null;
  /** With `{field}` for what the item holds. */
  text: string;
  remedy: string;
  document: string;
  /** What the rule reads, and where in the raw payload that stands. */
  fields: { field: string; pointer: string }[];
}

/** The judgement of one item, as people read it. */
export interface Verdict {
  compatibility_class: CompatibilityClass;
  target_contract: TargetContract;
  rationale: string;
  approximation_notes: string[];
  blocked_reason: string | null;
  operator_impact: ImpactLevel;
  user_impact: ImpactLevel;
  findings: Finding[];
  /** The class the item would have without its worst findings; null when nothing lifts it. */
  lifts_to: CompatibilityClass | null;
  depends_on: Dependency[];
}

/** What to do about an item: the remedies of what decided its class first, then of the rest, each once. */
export function remediesOf({ compatibility_class, findings }: Verdict): string[] {
  const deciding = findings.filter((finding) => finding.outcome === compatibility_class);
  const all = [...deciding, ...findings].map((finding) => finding.remedy);
  return [...new Set(all)].filter((remedy) => remedy !== '');
}

/** Counts of a completed assessment, zeros included. */
export interface AssessmentSummary {
  total: number;
  by_class: Record<CompatibilityClass, number>;
  by_item_type: Record<string, Record<CompatibilityClass, number>>;
}

export interface Assessment {
  id: string;
  tenantId: string;
  workspaceId: string;
  sourceId: string;
  snapshotId: string;
  status: AssessmentStatus;
  classifierVersion: string;
  asOf: Date;
  summary: AssessmentSummary | null;
  /** Whether the source's former assessment lends its acknowledgements and decisions where nothing changed. */
  carryOver: boolean;
  createdAt: Date;
  run: Run;
}
