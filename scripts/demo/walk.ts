// The main job, through the HTTP API: collect, assess, acknowledge, plan, preview, apply, evidence.
import { setTimeout as pause } from 'node:timers/promises';
import { at, everything, list, number, text, type Api, type Json } from './api.ts';
import { Refusal } from '../refusal.ts';

export interface Progress {
  /** A leg begins. */
  begin(title: string): void;
  /** Something worth a line happened in it. */
  note(line: string): void;
}

export interface Walked {
  snapshot: Json;
  assessment: Json;
  impacts: Json[];
  plan: Json;
  steps: Json[];
  execution: Json;
  /** How many one-time secrets the answer to apply carried; their values are not kept. */
  secretCount: number;
  evidence: Json;
}

export interface Org {
  url: string;
  apiToken: string;
}

/** Walks one Okta org from nothing to applied; every step is an HTTP call that anyone could make. */
export async function walk(api: Api, org: Org, progress: Progress): Promise<Walked> {
  progress.begin('Workspace and source');
  const workspace = text((await api.post('/workspaces', newWorkspace, [201])).body, 'id');
  const W = `/workspaces/${workspace}`;
  const source = text((await api.post(`${W}/sources`, newSource(org), [201])).body, 'id');
  progress.note('The API token is sealed; no answer will show it again.');

  const snapshot = await collect(api, `${W}/sources/${source}`, progress);
  const assessment = await assess(api, W, text(snapshot, 'id'), progress);
  const impacts = await acknowledge(api, `${W}/assessments/${text(assessment, 'id')}`, progress);
  const planned = await plan(api, W, text(assessment, 'id'), progress);
  const P = `${W}/cutover-plans/${text(planned, 'id')}`;
  const { execution, secretCount } = await apply(api, P, progress);

  progress.begin('Evidence');
  const evidence = await api.get(`${P}/evidence`);
  for (const criterion of list(evidence, 'handoff_criteria')) {
    const met = at(criterion, 'met') === true;
    progress.note(`${met ? 'met ' : 'open'}  ${text(criterion, 'code')}: ${text(criterion, 'detail')}`);
  }
  const steps = await everything(api, `${P}/steps`);
  return { snapshot, assessment, impacts, plan: await api.get(P), steps, execution, secretCount, evidence };
}

const newWorkspace = { name: 'Leaving Okta', mode: 'first_run_adoption' };

const newSource = ({ url, apiToken }: Org) => ({
  name: 'Okta',
  source_type: 'okta',
  connection_mode: 'api_token',
  config: { org_url: url },
  secret: { api_token: apiToken },
});

/** Starts a collection without waiting and tells of each collection as it is read. */
async function collect(api: Api, S: string, progress: Progress): Promise<Json> {
  progress.begin('Inventory');
  const started = await api.post(`${S}/snapshots`, {}, [202], { prefer: 'respond-async' });
  const told = new Set<string>();
  for (;;) {
    const snapshot = await api.get(started.location ?? '');
    for (const row of list(snapshot, 'collections')) {
      const name = text(row, 'collection');
      const read = number(row, 'chains') > 0 && at(row, 'complete') === true;
      if (!read || told.has(name)) continue;
      told.add(name);
      const objects = number(row, 'objects');
      progress.note(
        `${name.padEnd(30)} ${String(objects).padStart(4)} objects, ${number(row, 'pages')} pages`,
      );
    }
    const status = text(snapshot, 'status');
    if (status === 'failed')
      throw new Refusal(`The collection failed: ${text(snapshot, 'failure', 'message')}`);
    if (status === 'completed') return snapshot;
    await pause(100);
  }
}

async function assess(api: Api, W: string, snapshot: string, progress: Progress): Promise<Json> {
  progress.begin('Assessment');
  const { body } = await api.post(`${W}/snapshots/${snapshot}/assessments`, {}, [201]);
  for (const [name, count] of Object.entries(at(body, 'summary', 'by_class') ?? {})) {
    progress.note(`${String(count).padStart(4)} ${name}`);
  }
  return body;
}

/** Acknowledges impacts as an operator would: the ordinary ones together, the critical ones one by one. */
async function acknowledge(api: Api, A: string, progress: Progress): Promise<Json[]> {
  progress.begin('Change impacts');
  const path = `${A}/ocm-impacts/acknowledge`;
  const first = await api.post(path, { note: 'Read in the demo.' }, [200]);
  const critical = list(first.body, 'critical_remaining');
  for (const impact of critical) {
    await api.post(path, { impact_ids: [text(impact, 'id')], note: 'Read in the demo.' }, [200]);
  }
  progress.note(
    `${number(first.body, 'acknowledged')} acknowledged together, ${critical.length} critical ones each by itself`,
  );
  return list(await api.get(`${A}/ocm-impacts`), 'data');
}

async function plan(api: Api, W: string, assessment: string, progress: Progress): Promise<Json> {
  progress.begin('Plan');
  const rollback = {
    summary: 'Okta stays untouched: point the applications back at it.',
    owner: 'Identity team',
    steps: ['Set each application\u2019s issuer and client credentials back.', 'Tell the owners.'],
  };
  const { body } = await api.post(`${W}/cutover-plans`, { assessment_id: assessment, rollback }, [201]);
  for (const [name, count] of Object.entries(at(body, 'summary', 'by_disposition') ?? {})) {
    progress.note(`${String(count).padStart(4)} ${name}`);
  }
  return body;
}

async function apply(
  api: Api,
  P: string,
  progress: Progress,
): Promise<{ execution: Json; secretCount: number }> {
  progress.begin('Preview');
  const preview = await api.post(`${P}/preview`, {}, [200]);
  progress.note(
    `The target is as the plan expects it; the token is good until ${text(preview.body, 'expires_at')}.`,
  );
  progress.begin('Apply');
  const body = { preview_token: text(preview.body, 'preview_token') };
  const { body: execution } = await api.post(`${P}/apply`, body, [200]);
  progress.note(
    `${number(execution, 'summary', 'applied')} steps applied, ${number(execution, 'summary', 'failed')} failed`,
  );
  return { execution, secretCount: list(execution, 'generated_secrets').length };
}
