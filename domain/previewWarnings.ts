import type { TargetContract } from './assessment.ts';
import type { CertificateFact } from './rules/certificate.ts';
import type { LiveResource, TargetPayload, TargetReference } from './target.ts';

export const previewWarningCodes = [
  'assignment_to_empty_group',
  'application_unreachable',
  'unguarded_until_follow_up',
  'certificate_expires_within_30_days',
  'provider_request_signing_differs',
  'classifier_newer',
  'newer_snapshot',
  'snapshot_old',
  'source_changed',
  'source_unread',
] as const;
export type PreviewWarningCode = (typeof previewWarningCodes)[number];

/** What a preview lets pass and somebody should know before applying. */
export interface PreviewWarning {
  code: PreviewWarningCode;
  message: string;
  /** Null for what concerns the plan as a whole. */
  step_id: string | null;
}

/** A step that will be applied, as far as warnings go by it. */
export interface WarnedStep {
  id: string;
  itemId: string;
  name: string;
  targetContract: TargetContract;
  targetPayload: TargetPayload | null;
  /** The resource it binds to, as it is now; null for what is created. */
  bound: LiveResource | null;
  members: number | null;
  requestsSigned: boolean | null;
}

export interface WarningInput {
  steps: readonly WarnedStep[];
  /** Resources that payloads refer to and no step makes, by their ids. */
  referred: ReadonlyMap<string, LiveResource>;
  /** Names of policies that guard an application and are rebuilt by hand, by the application's item. */
  unmadeGuards: ReadonlyMap<string, readonly string[]>;
  certificate: (text: string) => CertificateFact | null;
  now: Date;
}

/** What to warn of in the steps of a plan, from what is planned and what the target holds now. */
export function stepWarnings(input: WarningInput): PreviewWarning[] {
  const byId = new Map(input.steps.map((step) => [step.id, step]));
  const reached = new Set<string>();
  const warnings: PreviewWarning[] = [];
  for (const step of input.steps) {
    const { targetPayload: payload } = step;
    if (!payload || !('application' in payload)) continue;
    if ('step_id' in payload.application) reached.add(payload.application.step_id);
    const empty = emptyGroup(payload.group, byId, input.referred);
    if (empty !== null) warnings.push(warn('assignment_to_empty_group', step, empty));
  }
  for (const step of input.steps) {
    warnings.push(...applicationWarnings(step, reached, input), ...providerWarnings(step, input));
  }
  return warnings;
}

const warn = (code: PreviewWarningCode, step: WarnedStep, message: string): PreviewWarning => ({
  code,
  message,
  step_id: step.id,
});

/** Memberships are not migrated: a group that is created has nobody in it. Null where somebody may be in it. */
function emptyGroup(
  group: TargetReference,
  steps: ReadonlyMap<string, WarnedStep>,
  referred: ReadonlyMap<string, LiveResource>,
): string | null {
  const step = 'step_id' in group ? steps.get(group.step_id) : undefined;
  const live = step ? step.bound : 'resource_id' in group ? (referred.get(group.resource_id) ?? null) : null;
  const name = step?.name ?? live?.name ?? '';
  if (step && !live) {
    const today = step.members === null ? 'an unknown number of people' : people(step.members);
    return `The group \u201c${name}\u201d is created without members; it has ${today} at the incumbent. Until somebody adds them, the assignment lets nobody in.`;
  }
  return live?.group?.memberCount === 0
    ? `The group \u201c${name}\u201d has no members at the target${step?.members ? `, and ${people(step.members)} at the incumbent` : ''}. Until somebody adds them, the assignment lets nobody in.`
    : null;
}

const people = (count: number): string =>
  count === 0 ? 'nobody' : count === 1 ? 'one member' : `${count} members`;

function applicationWarnings(
  step: WarnedStep,
  reached: ReadonlySet<string>,
  { unmadeGuards }: WarningInput,
): PreviewWarning[] {
  const { targetPayload: payload, name } = step;
  if (step.targetContract !== 'tenant_oidc_application') return [];
  const warnings: PreviewWarning[] = [];
  // Nobody signs in to one that only asks for tokens of its own.
  const signsIn = payload && 'client_id' in payload && payload.response_types.length > 0;
  if (signsIn && !reached.has(step.id)) {
    const message = `Nobody can reach the application \u201c${name}\u201d after the cutover: no planned step assigns a group to it. Assign one by hand.`;
    warnings.push(warn('application_unreachable', step, message));
  }
  const guards = unmadeGuards.get(step.itemId) ?? [];
  if (guards.length > 0) {
    const named = guards.map((guard) => `\u201c${guard}\u201d`).join(', ');
    const message = `The application \u201c${name}\u201d is guarded by ${named} at the incumbent. Until ${guards.length === 1 ? 'that policy is' : 'those policies are'} rebuilt at the target, nothing guards it there.`;
    warnings.push(warn('unguarded_until_follow_up', step, message));
  }
  return warnings;
}

const thirtyDaysMs = 30 * 86_400_000;

function providerWarnings(step: WarnedStep, { certificate, now }: WarningInput): PreviewWarning[] {
  const payload = step.bound?.payload ?? step.targetPayload;
  if (!payload || !('entity_id' in payload)) return [];
  const warnings = payload.signing_certificates.flatMap((text): PreviewWarning[] => {
    const read = certificate(text);
    if (!read || read.notAfter.getTime() - now.getTime() > thirtyDaysMs) return [];
    const day = read.notAfter.toISOString().slice(0, 10);
    const ends = read.notAfter <= now ? `expired on ${day}` : `expires on ${day}`;
    const message = `A signing certificate of the provider \u201c${step.name}\u201d ${ends} (SHA-256 ${read.fingerprint}). Ask the partner for the next one before the cutover.`;
    return [warn('certificate_expires_within_30_days', step, message)];
  });
  const signs = payload.service_provider.requests_signed;
  if (step.requestsSigned !== null && step.requestsSigned !== signs) {
    const message = `Requests to the provider \u201c${step.name}\u201d are ${step.requestsSigned ? '' : 'not '}signed today and ${signs ? 'will be' : 'will not be'} at the target. Ask the partner whether it accepts that.`;
    warnings.push(warn('provider_request_signing_differs', step, message));
  }
  return warnings;
}

/** Warnings of one kind that are told one by one. */
const mostOfOneKind = 50;

/** The first of each kind, and how many more there are of it. */
export function boundWarnings(warnings: readonly PreviewWarning[]): PreviewWarning[] {
  return previewWarningCodes.flatMap((code) => {
    const alike = warnings.filter((warning) => warning.code === code);
    const rest = alike.length - mostOfOneKind;
    if (rest <= 0) return alike;
    const message = `${rest} more of these are not listed.`;
    return [...alike.slice(0, mostOfOneKind), { code, message, step_id: null }];
  });
}
