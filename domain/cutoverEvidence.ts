import type { ExecutionStatus, Rollback, StepStatus } from './plan.ts';

/** What operators record after a cutover; each member null until somebody says. */
export interface Completion {
  communications_complete: boolean;
  communications_summary: string | null;
  artifact_reference: string | null;
  manual_validation_summary: string | null;
  follow_up_reviewed: boolean;
  follow_up_summary: string | null;
}

export const noCompletion: Completion = {
  communications_complete: false,
  communications_summary: null,
  artifact_reference: null,
  manual_validation_summary: null,
  follow_up_reviewed: false,
  follow_up_summary: null,
};

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

/**
 * The handoff criteria, computed from the records each time and stored nowhere. Nothing that is blocked, skipped or
 * left to people disappears: it has to be reviewed.
 */
export function handoffCriteria(input: {
  execution: { status: ExecutionStatus } | null;
  rollback: Rollback | null;
  completion: Completion;
  steps: Readonly<Record<StepStatus, number>>;
}): Criterion[] {
  const { execution, rollback, completion, steps } = input;
  const total = Object.values(steps).reduce((sum, count) => sum + count, 0);
  const outstanding = Object.entries(steps).reduce(
    (sum, [status, count]) => (status === 'applied' ? sum : sum + count),
    0,
  );
  const rollbackKnown =
    rollback !== null && rollback.summary !== '' && rollback.owner !== '' && rollback.steps.length > 0;
  const told =
    completion.communications_complete &&
    completion.communications_summary !== null &&
    completion.artifact_reference !== null;
  const reviewed =
    outstanding === 0 || (completion.follow_up_reviewed && completion.follow_up_summary !== null);
  return [
    {
      code: 'execution_recorded',
      met: execution !== null && execution.status !== 'started',
      detail:
        execution === null
          ? 'The plan has not been applied.'
          : execution.status === 'started'
            ? 'The execution is still running.'
            : `The latest execution ended ${execution.status}.`,
    },
    {
      code: 'rollback_guidance_recorded',
      met: rollbackKnown,
      detail: rollbackKnown
        ? `Owned by ${rollback.owner}.`
        : 'Record a summary, an owner and at least one step of the rollback.',
    },
    {
      code: 'communications_complete',
      met: told,
      detail: told
        ? `See ${completion.artifact_reference ?? ''}.`
        : 'Record that people were told, with a summary and a reference.',
    },
    {
      code: 'follow_up_reviewed',
      met: total > 0 && reviewed,
      detail:
        total === 0
          ? 'The plan is not built.'
          : outstanding === 0
            ? 'Every step was applied; nothing is left over.'
            : reviewed
              ? `${outstanding} steps that were not applied have been reviewed.`
              : `${outstanding} steps were not applied; review them and record a summary.`,
    },
  ];
}
