import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLLECTION_NAMES, type EntraObject } from '../../../../simulators/entra/collections.ts';
import { emptyTenant, loadEntraTenant, type EntraTenantData } from '../../../../simulators/entra/data.ts';
import type { Verdict } from '../../../../domain/assessment.ts';
import { recordedResponses } from '../../../support/environment.ts';
import { firedIn } from '../okta/support.ts';
import { judgeDirectory, type JudgedItem } from './tenant.ts';

/** The folder of recorded responses; without one the test is skipped, and says so. */
function recordedOrSkip(test: Mocha.Context): string {
  const folder = recordedResponses();
  if (folder !== null) return folder;
  process.stderr.write('\nRECORDED_RESPONSES IS NOT SET: the recorded objects are NOT judged\n\n');
  return test.skip();
}

/** Objects of several directories stand side by side there; the one that owns most of them is taken for theirs. */
function directoryOf({ servicePrincipals }: EntraTenantData): string {
  const owners = servicePrincipals.flatMap(({ appOwnerOrganizationId: owner }) =>
    typeof owner === 'string' ? [owner] : [],
  );
  const counts = new Map(owners.map((owner) => [owner, owners.filter((each) => each === owner).length]));
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').slice(0, 600);

const row = ({ item, verdict }: JudgedItem): string =>
  `| ${[
    `${item.itemType} ${item.name} (${item.externalId})`,
    item.vendorKind,
    verdict.compatibility_class,
    firedIn(verdict).join(', '),
    verdict.rationale,
  ]
    .map(cell)
    .join(' | ')} |`;

/** A table of verdicts for a person to read, to the file that `VERDICT_TABLE` names. */
async function tell(judged: readonly JudgedItem[]): Promise<void> {
  const file = process.env.VERDICT_TABLE;
  if (!file) return;
  const head = ['| item | kind | verdict | rules that fired | reason |', '| --- | --- | --- | --- | --- |'];
  await writeFile(file, [...head, ...judged.map(row), ''].join('\n'));
}

const unjudged = (verdict: Verdict) => firedIn(verdict).filter((id) => id === 'no_rule');

/** Objects of the vendor's documentation, whose ids may repeat and whose federations name no domain. */
async function documented(folder: string): Promise<EntraTenantData> {
  const data = emptyTenant();
  const seen = new Map<string, number>();
  for (const name of COLLECTION_NAMES) {
    const text = await readFile(join(folder, `${name}.doc-examples.json`), 'utf8').catch(() => '[]');
    data[name] = (JSON.parse(text) as EntraObject[]).map((object) => {
      const key = `${name} ${String(object.id)}`;
      const times = (seen.get(key) ?? 0) + 1;
      seen.set(key, times);
      return times === 1 ? object : { ...object, id: `${String(object.id)}#${times}` };
    });
  }
  const federated = data.domains.filter(({ authenticationType }) => authenticationType === 'Federated');
  data.domainFederationConfigurations = data.domainFederationConfigurations.map((configuration, index) => ({
    domainId: federated[index]?.id ?? 'nowhere.example',
    ...configuration,
  }));
  return data;
}

describe('Recorded objects of Microsoft Graph', () => {
  it('are all known to a rule', async function () {
    const folder = join(recordedOrSkip(this), 'entra');
    const sets = [loadEntraTenant(folder), await documented(folder)];
    const judged = sets.flatMap((data) => judgeDirectory(data, directoryOf(data)));
    await tell(judged);
    assert.ok(judged.length > 0, `${folder} holds nothing`);
    assert.deepEqual(
      judged.filter(({ verdict }) => unjudged(verdict).length > 0).map(({ item }) => item.name),
      [],
    );
  });
});
