import { z } from 'zod';
import { EvidencePointer } from './inventory/item.ts';

export const audiences = [
  'end_users',
  'application_owners',
  'administrators',
  'help_desk',
  'security',
] as const;
export type Audience = (typeof audiences)[number];

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/**
 * What supports an impact that is no item: an object that was read beside the items, with its page, or a number. Of
 * the objects of a kind the first hundred are named, and the number of that kind's name says how many there are.
 */
export const ImpactEvidence = z.union([
  z.strictObject({
    kind: z.string(),
    external_id: z.string(),
    name: z.string(),
    evidence: EvidencePointer,
  }),
  z.strictObject({ name: z.string(), value: z.int().min(1) }),
]);
export type ImpactEvidence = z.infer<typeof ImpactEvidence>;

export interface Acknowledgement {
  by: string;
  at: Date;
  note: string | null;
}

export interface Impact {
  id: string;
  impactType: string;
  audience: Audience;
  severity: Severity;
  unavoidable: boolean;
  summary: string;
  itemCount: number;
  evidence: ImpactEvidence[];
  acknowledged: Acknowledgement | null;
}
