import type { PolicyForm } from './inventory/policy.ts';
import type { StepOutcome } from './plan.ts';
import type { SourceType } from './source.ts';
import { isPlannable, type PlannableContract, type TargetPayload } from './target.ts';

/** A step that was applied, with what undoing it by hand needs to know. */
export interface AppliedStep {
  stepId: string;
  name: string;
  targetContract: string;
  outcome: StepOutcome;
  targetResourceId: string;
  targetPayload: TargetPayload | null;
  /** What the resource that it is bound to lacked. */
  incomplete: readonly string[];
  /** Of an application. */
  incumbentClientId: string | null;
}

/** How a step is undone by hand, and what that does not bring back. */
export interface InverseStep {
  inverse: string;
  notRestored: string[];
}

/** In which order the kinds are undone: first what sends people to the target, last what others refer to. */
export const rollbackOrder = [
  'federation_routing_rule',
  'tenant_oidc_application',
  'tenant_app_assignment',
  'tenant_group',
  'upstream_saml_provider',
] as const satisfies readonly PlannableContract[];

const inOrder: Readonly<Record<(typeof rollbackOrder)[number], string>> = {
  federation_routing_rule:
    'Switch off every new routing rule at the target, so that nobody is sent on from there.',
  tenant_oidc_application:
    'Set issuer, client id and secret of every application back to the incumbent\u2019s, one application at a time, and try a sign-in after each.',
  tenant_app_assignment: 'Remove the new assignments at the target.',
  tenant_group: 'Delete the new groups at the target, once nothing is assigned to them.',
  upstream_saml_provider:
    'Delete the new providers at the target, once no rule leads to them, and tell each partner to take our side out of its trust.',
};

/** The whole rollback in its order. The incumbent was only read, so nothing has to be undone there. */
export const rollbackSteps: readonly string[] = [
  ...rollbackOrder.map((contract) => inOrder[contract]),
  'Leave the incumbent as it is: nothing was changed there. Do not retire it before every application has been validated.',
];

const gone: Readonly<Record<PlannableContract, readonly string[]>> = {
  federation_routing_rule: ['Sessions that people began through the rule go on until they end.'],
  tenant_oidc_application: [
    'Refresh tokens, consents and sessions that the target gave are lost; the incumbent\u2019s may have ended meanwhile.',
  ],
  tenant_app_assignment: ['Whoever came to use the application through it alone loses it.'],
  tenant_group: ['Members that were added at the target are not added at the incumbent.'],
  upstream_saml_provider: ['Accounts that people got by signing in through it at the target stay there.'],
};

/** How an applied step is undone by hand. What was bound was there before, and nothing of it was written. */
export function inverseOf(step: AppliedStep): InverseStep {
  const { name, targetContract: contract, targetResourceId: id, incomplete } = step;
  if (step.outcome !== 'created' || !isPlannable(contract)) {
    const added =
      incomplete.length > 0
        ? ` Take back by hand what was added to it for the cutover: ${incomplete.join(' ')}`
        : '';
    return {
      inverse: `Nothing to undo: \u201c${name}\u201d (${id}) was at the target before, and nothing of it was written.${added}`,
      notRestored: [],
    };
  }
  return {
    inverse: inverses[contract](step, `\u201c${name}\u201d (${id})`),
    notRestored: [...gone[contract]],
  };
}

const inverses: Readonly<Record<PlannableContract, (step: AppliedStep, named: string) => string>> = {
  federation_routing_rule: ({ targetPayload: payload }, named) => {
    const domains = payload && 'domains' in payload ? payload.domains.join(', ') : '';
    const off =
      payload && 'enabled' in payload && !payload.enabled ? 'If it was switched on since, switch' : 'Switch';
    return `${off} off the routing rule ${named} for ${domains}, then delete it. People of these domains sign in as they did before.`;
  },
  tenant_oidc_application: ({ targetPayload: payload, incumbentClientId }, named) => {
    const ours = payload && 'client_id' in payload ? payload.client_id : null;
    const client =
      incumbentClientId === ours
        ? `the client id ${ours ?? ''} stays as it is`
        : `the client id is ${incumbentClientId ?? 'as the incumbent shows it'} again`;
    return `Give the application the incumbent\u2019s issuer again (${client}) and the secret or key that it had there, try a sign-in, then delete ${named} at the target.`;
  },
  tenant_app_assignment: (_step, named) => `Remove the assignment ${named} at the target.`,
  tenant_group: (_step, named) => `Delete the group ${named} at the target.`,
  upstream_saml_provider: ({ targetPayload: payload }, named) => {
    const partner = payload && 'entity_id' in payload ? payload.entity_id : '';
    return `Delete the provider ${named} at the target, and ask the partner (${partner}) to take our side out of its trust.`;
  },
};

export const rollbackNoteCodes = ['sessions', 'refresh_tokens', 'dns_time_to_live', 'administrator'] as const;

/** What bounds how fast a rollback works, and who can still do it. */
export interface RollbackNote {
  code: (typeof rollbackNoteCodes)[number];
  text: string;
}

export interface RollbackSurroundings {
  sourceType: SourceType;
  policies: readonly { name: string; normalized: PolicyForm }[];
  /** Custom domains on which people sign in at the incumbent. */
  signInHosts: readonly string[];
  /** Names of the providers that the plan creates or binds. */
  providers: readonly string[];
}

export const rollbackNotes = (around: RollbackSurroundings): RollbackNote[] => [
  { code: 'sessions', text: sessionsText(around) },
  { code: 'refresh_tokens', text: refreshTokens[around.sourceType] },
  { code: 'dns_time_to_live', text: dnsText(around.signInHosts) },
  { code: 'administrator', text: administratorText(around.providers) },
];

interface Session {
  policy: string;
  /** Infinity where it never ends. */
  minutes: number;
}

/** The longest session that a policy of the incumbent in use allows; null when none says. */
export function longestSession({ policies }: Pick<RollbackSurroundings, 'policies'>): Session | null {
  const sessions = policies
    .filter(({ normalized }) => normalized.active)
    .flatMap(({ name, normalized }) =>
      sessionMinutes(normalized).map((minutes) => ({ policy: name, minutes })),
    );
  return sessions.reduce<Session | null>(
    (longest, each) => (longest === null || each.minutes > longest.minutes ? each : longest),
    null,
  );
}

/**
 * Okta's rules bound a session by `maxSessionLifetimeMinutes`, 0 meaning that it has no end:
 * https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/ . Entra's conditional access does
 * by `signInFrequency`: https://learn.microsoft.com/graph/api/resources/signinfrequencysessioncontrol
 */
function sessionMinutes({ rules, settings }: PolicyForm): number[] {
  const okta = (rules ?? [])
    .filter((rule) => rule.active)
    .map((rule) => member(rule.actions, 'signon', 'session', 'maxSessionLifetimeMinutes'))
    .filter((minutes) => typeof minutes === 'number')
    .map((minutes) => (minutes === 0 ? Infinity : minutes));
  const frequency = member(settings, 'sessionControls', 'signInFrequency');
  const [value, type] = [member(frequency, 'value'), member(frequency, 'type')];
  const entra =
    typeof value === 'number' && member(frequency, 'isEnabled') !== false
      ? [value * (type === 'days' ? 24 * 60 : 60)]
      : [];
  return [...okta, ...entra];
}

const member = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
    value,
  );

function sessionsText(around: RollbackSurroundings): string {
  const longest = longestSession(around);
  const outlive = 'Sessions that the incumbent gave outlive the cutover and the rollback.';
  if (!longest) return `${outlive} How long they last is not in the inventory; look it up at the incumbent.`;
  return longest.minutes === Infinity
    ? `${outlive} By the policy \u201c${longest.policy}\u201d they have no end; end them by hand where that matters.`
    : `${outlive} The longest last ${duration(longest.minutes)} (policy \u201c${longest.policy}\u201d).`;
}

function duration(minutes: number): string {
  if (minutes % (24 * 60) === 0) return `${minutes / (24 * 60)} days`;
  return minutes % 60 === 0 ? `${minutes / 60} hours` : `${minutes} minutes`;
}

const refreshTokens: Readonly<Record<SourceType, string>> = {
  okta: 'Refresh tokens live as long as the rules of each authorization server\u2019s access policies say, which the inventory does not read; look there for the longest. Until they end, applications may go on without a new sign-in.',
  entra:
    'Refresh tokens live 24 hours in single-page applications and up to 90 days elsewhere, and longer while they are used (https://learn.microsoft.com/entra/identity-platform/refresh-tokens). Until they end, applications may go on without a new sign-in.',
};

const dnsText = (hosts: readonly string[]): string =>
  hosts.length === 0
    ? 'People sign in on no custom domain of the incumbent, so no DNS record has to move.'
    : `A changed DNS record of ${hosts.join(', ')} is seen when its time-to-live has passed, both ways. The incumbent does not say it: read it with dig, and lower it to five minutes at least one such time before the cutover.`;

const administratorText = (providers: readonly string[]): string =>
  providers.length === 0
    ? 'Make sure that an administrator of the target can sign in when the incumbent cannot be reached.'
    : `Make sure that an administrator of the target signs in through none of ${providers.map((name) => `\u201c${name}\u201d`).join(', ')}: otherwise a provider that does not work locks out whoever could repair it.`;
