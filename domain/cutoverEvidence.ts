import { z } from 'zod';
import type { ExecutionStatus, ReasonCode, Rollback, StepStatus } from './plan.ts';
import { DisplayName, FreeText } from './workspace.ts';

/** What operators record after a cutover; each member null until somebody says. */
export interface Completion {
  communications_complete: boolean;
  communications_summary: string | null;
  artifact_reference: string | null;
  manual_validation_summary: string | null;
  follow_up_summary: string | null;
}

export const noCompletion: Completion = {
  communications_complete: false,
  communications_summary: null,
  artifact_reference: null,
  manual_validation_summary: null,
  follow_up_summary: null,
};

const Text = FreeText.trim().min(1, 'Say something, or send null to clear it.').nullable().optional();

/** A change of the evidence (RFC 7396): what is not named stays, null clears, arrays replace. */
export const EvidencePatch = z.strictObject({
  rollback: z
    .strictObject({
      summary: Text,
      owner: DisplayName.nullable().optional(),
      steps: z.array(FreeText.trim().min(1)).max(200, 'At most 200 steps.').nullable().optional(),
    })
    .nullable()
    .optional(),
  completion: z
    .strictObject({
      communications_complete: z.boolean().nullable().optional(),
      communications_summary: Text,
      artifact_reference: Text,
      manual_validation_summary: Text,
      follow_up_reviewed: z.boolean().nullable().optional(),
      follow_up_summary: Text,
    })
    .nullable()
    .optional(),
});
export type EvidencePatch = z.infer<typeof EvidencePatch>;

/** What operators have recorded, apart from the review of what was left over. */
export interface Recorded {
  rollback: Rollback | null;
  completion: Completion;
}

/** The evidence after a change. A member of the rollback that nobody gave is empty. */
export function patchEvidence(recorded: Recorded, { rollback, completion }: EvidencePatch): Recorded {
  return {
    rollback: patchRollback(recorded.rollback, rollback),
    completion: patchCompletion(recorded, completion),
  };
}

function patchRollback(was: Rollback | null, patch: EvidencePatch['rollback']): Rollback | null {
  if (patch === undefined) return was;
  if (patch === null) return null;
  const { summary = was?.summary ?? null, owner = was?.owner ?? null, steps = was?.steps ?? null } = patch;
  const next = { summary: summary ?? '', owner: owner ?? '', steps: steps ?? [] };
  return next.summary === '' && next.owner === '' && next.steps.length === 0 ? null : next;
}

function patchCompletion({ completion: was }: Recorded, patch: EvidencePatch['completion']): Completion {
  if (patch === undefined) return was;
  if (patch === null) return noCompletion;
  const {
    follow_up_reviewed: _review,
    communications_complete: told = was.communications_complete,
    ...texts
  } = patch;
  return { ...was, ...texts, communications_complete: told ?? false };
}

/** A step that leaves something to people: it was not applied, or is bound to something that lacks what it needs. */
export interface FollowUp {
  stepId: string;
  name: string;
  status: StepStatus;
  reasonCode: ReasonCode | null;
  reason: string | null;
  /** What the resource that it is bound to lacks, in sentences. */
  incomplete: readonly string[];
}

/** What was reviewed, and by whom; kept with the execution that left it over. */
export interface FollowUpReview {
  by: string;
  at: string;
  /** Each step as it was left over (`followUpKey`). */
  steps: readonly string[];
}

/** A step with the way in which it was left over: failed and then skipped is something new to look at. */
export const followUpKey = ({ stepId, status, reasonCode, incomplete }: FollowUp): string =>
  [stepId, status, reasonCode ?? '', incomplete.length].join(' ');

/** What is left over and was not part of the review. */
export function unreviewed(outstanding: readonly FollowUp[], review: FollowUpReview | null): FollowUp[] {
  const seen = new Set(review?.steps);
  return outstanding.filter((each) => !seen.has(followUpKey(each)));
}

export const criterionCodes = [
  'execution_recorded',
  'rollback_guidance_recorded',
  'communications_complete',
  'follow_up_reviewed',
] as const;

export interface Criterion {
  code: (typeof criterionCodes)[number];
  met: boolean;
  /** Why it is met, or what is missing. */
  detail: string;
}

export interface CriteriaInput {
  execution: { status: ExecutionStatus } | null;
  /** Steps of the plan; 0 while it is not built. */
  steps: number;
  recorded: Recorded;
  outstanding: readonly FollowUp[];
  review: FollowUpReview | null;
}

/**
 * The handoff criteria, computed from the records each time and stored nowhere. Nothing that is blocked, skipped, bound
 * incompletely or left to people disappears: it has to be reviewed.
 */
export const handoffCriteria = (input: CriteriaInput): Criterion[] => [
  { code: 'execution_recorded', ...executionRecorded(input) },
  { code: 'rollback_guidance_recorded', ...rollbackRecorded(input.recorded) },
  { code: 'communications_complete', ...peopleTold(input.recorded) },
  { code: 'follow_up_reviewed', ...followUpReviewed(input) },
];

type Verdict = Omit<Criterion, 'code'>;

function executionRecorded({ execution }: CriteriaInput): Verdict {
  if (!execution) return { met: false, detail: 'The plan has not been applied.' };
  if (execution.status === 'started') return { met: false, detail: 'The execution is still running.' };
  return { met: true, detail: `The latest execution ended ${execution.status}.` };
}

/** Words that say what is missing, with commas and an "and". */
const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;

function rollbackRecorded({ rollback }: Recorded): Verdict {
  const missing = [
    ...(rollback?.summary ? [] : ['a summary']),
    ...(rollback?.owner ? [] : ['an owner']),
    ...(rollback?.steps.length ? [] : ['at least one step']),
  ];
  return missing.length === 0
    ? { met: true, detail: `Owned by ${rollback?.owner ?? ''}.` }
    : { met: false, detail: `Record ${listed(missing)} of the rollback.` };
}

function peopleTold({ completion }: Recorded): Verdict {
  const missing = [
    ...(completion.communications_complete ? [] : ['that communications are complete']),
    ...(completion.communications_summary ? [] : ['a summary of them']),
    ...(completion.artifact_reference ? [] : ['an artifact or ticket to refer to']),
  ];
  return missing.length === 0
    ? { met: true, detail: `See ${completion.artifact_reference ?? ''}.` }
    : { met: false, detail: `Record ${listed(missing)}.` };
}

function followUpReviewed({ steps, recorded, outstanding, review }: CriteriaInput): Verdict {
  if (steps === 0) return { met: false, detail: 'The plan has no steps yet.' };
  const count = outstanding.length;
  if (count === 0) return { met: true, detail: 'Every step was applied whole; nothing is left over.' };
  const left = `${count} of ${steps} steps ${count === 1 ? 'is' : 'are'} left over (${waysOf(outstanding)})`;
  if (!review) return { met: false, detail: `${left}; review them and record a summary.` };
  const fresh = unreviewed(outstanding, review);
  if (fresh.length > 0) {
    const more = fresh.length > mostNamed ? ` and ${fresh.length - mostNamed} more` : '';
    const names = fresh.slice(0, mostNamed).map(({ name }) => `\u201c${name}\u201d`);
    return {
      met: false,
      detail: `${left}, and ${fresh.length} of them ${fresh.length === 1 ? 'is' : 'are'} new since the review: ${names.join(', ')}${more}. Review them again.`,
    };
  }
  return recorded.completion.follow_up_summary === null
    ? { met: false, detail: `${left} and reviewed; record a summary of the review.` }
    : { met: true, detail: `${left}, reviewed by ${review.by}.` };
}

/** New leftovers that a criterion names. */
const mostNamed = 10;

function waysOf(outstanding: readonly FollowUp[]): string {
  const counts = new Map<string, number>();
  for (const { status } of outstanding) {
    const way = status === 'applied' ? 'bound incompletely' : status;
    counts.set(way, (counts.get(way) ?? 0) + 1);
  }
  return [...counts].map(([way, count]) => `${count} ${way}`).join(', ');
}
