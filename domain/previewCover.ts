/** What was decided about an item, as far as a plan goes by it. */
export interface CoveredDecision {
  resolution: string | null;
  matched_resource_id: string | null;
  version: number;
}

/** The part of a preview's cover that the database alone can tell. */
export interface StoredCover {
  revision: number;
  assessment_id: string;
  classifier_version: string;
  /** Ids of the impacts that were acknowledged. */
  acknowledgements: readonly string[];
  /** By the item's id. */
  decisions: Readonly<Record<string, CoveredDecision>>;
  /** By the step's id: `<action> <disposition> <digest of all that it would do>`. */
  steps: Readonly<Record<string, string>>;
}

/** Everything that a preview token vouches for; any of it that differs later makes the token stale. */
export interface PreviewCover extends StoredCover {
  /** Fingerprints of the target's resources that steps bind or refer to, by their ids. Every other key was free. */
  target: Readonly<Record<string, string>>;
}

/** One thing that a preview vouched for and that is another now. */
export interface CoverDifference {
  of: 'revision' | 'assessment_id' | 'classifier_version' | 'acknowledgement' | 'decision' | 'step';
  /** Of the impact, the item that was decided about, or the step; null for what concerns the plan as a whole. */
  id: string | null;
  was: unknown;
  is: unknown;
}

/** Compares what a preview vouched for with what is there now, member by member. */
export function coverDifferences(was: StoredCover, is: StoredCover): CoverDifference[] {
  const whole = (['revision', 'assessment_id', 'classifier_version'] as const)
    .filter((of) => was[of] !== is[of])
    .map((of): CoverDifference => ({ of, id: null, was: was[of], is: is[of] }));
  const acknowledged = [was, is].map(({ acknowledgements }) =>
    Object.fromEntries(acknowledgements.map((id) => [id, 'acknowledged'])),
  );
  return [
    ...whole,
    ...memberDifferences('acknowledgement', acknowledged[0], acknowledged[1], (each) => each),
    ...memberDifferences('decision', was.decisions, is.decisions, (each) => each),
    ...memberDifferences('step', was.steps, is.steps, stepOf),
  ];
}

function memberDifferences<Member>(
  of: CoverDifference['of'],
  was: Readonly<Record<string, Member>> = {},
  is: Readonly<Record<string, Member>> = {},
  told: (member: Member) => unknown,
): CoverDifference[] {
  const same = (a: Member | undefined, b: Member | undefined) =>
    a === b || (typeof a === 'object' && JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((id) => {
    const [before, now] = [was[id], is[id]];
    if (same(before, now)) return [];
    const tell = (member: Member | undefined) => (member === undefined ? null : told(member));
    return [{ of, id, was: tell(before), is: tell(now) }];
  });
}

/** The members of a decision in one order, whatever the database made of it. */
const sorted = (member: unknown) =>
  Object.entries(member ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));

function stepOf(covered: string) {
  const [action, disposition, digest] = covered.split(' ');
  return { action, disposition, digest };
}
