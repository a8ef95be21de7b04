import {
  emptyTenant,
  INVENTED_TENANT,
  loadOktaTenant,
  type OktaTenantData,
} from '../../simulators/okta/data.ts';
import { generateOktaTenant } from '../../simulators/okta/generate.ts';
import { linkedId, member } from '../../simulators/okta/members.ts';
import {
  createOktaSimulator,
  SIMULATED_OKTA_TOKEN,
  type OktaSimulator,
  type OktaSimulatorOptions,
} from '../../simulators/okta/server.ts';
import type { TenantSize } from '../../simulators/tenant.ts';
import type { Body } from './answer.ts';
import type { Service } from './service.ts';

export interface RunningOkta {
  url: string;
  simulator: OktaSimulator;
  close(): Promise<void>;
}

/** A simulated Okta org on loopback with limits that no test meets by accident; the invented company's by default. */
export async function startOkta(options: OktaSimulatorOptions = {}): Promise<RunningOkta> {
  const data: OktaTenantData = options.data ?? loadOktaTenant(INVENTED_TENANT);
  const simulator = createOktaSimulator({ rateLimit: 100_000, ...options, data });
  const listening = await simulator.listen();
  return { url: listening.url, simulator, close: () => listening.close() };
}

/**
 * The part of the invented company that these applications and groups are, by name, with the assignments between them
 * and the policies that guard them: an org that is collected in a moment.
 */
export function smallOrg(
  applications: readonly string[] = ['Instrument Registry', 'Sensor Commissioning'],
  groups: readonly string[] = ['Workshop', 'Field Engineers'],
): OktaTenantData {
  const whole = loadOktaTenant(INVENTED_TENANT);
  const apps = whole.apps.filter((app) => applications.includes(String(app.label)));
  const kept = whole.groups.filter(
    (group) => group.type === 'OKTA_GROUP' && groups.includes(String(member(group, 'profile.name'))),
  );
  const ids = (objects: readonly Record<string, unknown>[]) => objects.map((object) => object.id);
  const guards = apps.map((app) => linkedId(app, ['accessPolicy'], 'policies'));
  const policies = whole.policies.filter((policy) => guards.includes(String(policy.id)));
  return {
    ...emptyTenant(),
    apps,
    groups: kept,
    appGroups: whole.appGroups.filter(
      (assignment) =>
        ids(kept).includes(assignment.id) &&
        ids(apps).includes(linkedId(assignment, ['app', 'self'], 'apps')),
    ),
    policies,
    policyRules: whole.policyRules.filter((rule) =>
      ids(policies).includes(linkedId(rule, ['self', 'policy'], 'policies')),
    ),
  };
}

/**
 * A generated org as large as a plan may have to be, of few applications, which are read one by one. People are
 * assigned by name, so that each of their assignments is an item.
 */
export function largeOrg(size: Omit<TenantSize, 'seed'>): OktaTenantData {
  const data = generateOktaTenant({ ...size, seed: 1 });
  return { ...data, appUsers: data.appUsers.map((user) => ({ ...user, scope: 'USER' })) };
}

export interface Road {
  workspace: string;
  source: string;
  /** Path of the workspace and of the source, below the tenant. */
  W: string;
  S: string;
}

/** A workspace with one Okta source, for a tenant that has neither. */
export async function prepareSource(
  service: Service,
  orgUrl: string,
  options: { tenant?: string; token?: string; mode?: string; apiToken?: string } = {},
): Promise<Road> {
  const { mode = 'first_run_adoption', apiToken = SIMULATED_OKTA_TOKEN, ...as } = options;
  const made = await service.call('POST', '/workspaces', { body: { name: 'Leaving', mode }, ...as });
  const workspace = idOf(made.body);
  const W = `/workspaces/${workspace}`;
  const source = await service.call('POST', `${W}/sources`, {
    ...as,
    body: {
      name: 'Okta',
      source_type: 'okta',
      connection_mode: 'api_token',
      config: { org_url: orgUrl },
      secret: { api_token: apiToken },
    },
  });
  const id = idOf(source.body);
  return { workspace, source: id, W, S: `${W}/sources/${id}` };
}

function idOf(body: Body): string {
  const { id } = body as { id?: unknown };
  if (typeof id !== 'string') throw new Error(`no id in ${JSON.stringify(body)}`);
  return id;
}

/** Collects unless there is a snapshot, assesses, acknowledges and plans; returns the ids that further steps need. */
export async function walkToPlan(
  service: Service,
  road: Road,
  collected?: string,
): Promise<{ snapshot: string; assessment: string; plan: string; P: string }> {
  const snapshot = collected ?? idOf((await service.call('POST', `${road.S}/snapshots`)).body);
  const assessed = await service.call('POST', `${road.W}/snapshots/${snapshot}/assessments`);
  const assessment = idOf(assessed.body);
  await acknowledgeAll(service, road, assessment);
  const planned = await service.call('POST', `${road.W}/cutover-plans`, {
    body: { assessment_id: assessment },
  });
  const plan = idOf(planned.body);
  return { snapshot, assessment, plan, P: `${road.W}/cutover-plans/${plan}` };
}

/** Acknowledges every impact of an assessment, critical ones by their ids. */
export async function acknowledgeAll(service: Service, road: Road, assessment: string): Promise<void> {
  const path = `${road.W}/assessments/${assessment}/ocm-impacts`;
  const listed = await service.call('GET', path);
  const ids = (listed.body as { data: { id: string }[] }).data.map((impact) => impact.id);
  if (ids.length > 0) await service.call('POST', `${path}/acknowledge`, { body: { impact_ids: ids } });
}

/** Previews a plan and returns its token. */
export async function previewToken(service: Service, P: string): Promise<string> {
  const answer = await service.call('POST', `${P}/preview`);
  const { preview_token: token } = answer.body as { preview_token?: unknown };
  if (typeof token !== 'string') throw new Error(`no preview token in ${answer.text}`);
  return token;
}
