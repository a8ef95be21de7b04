import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withParents } from '../../../support/recordedOkta.ts';
import { recordedResponses } from '../../../support/environment.ts';
import { loadOktaTenant } from '../../../../simulators/okta/data.ts';
import { firedIn } from './support.ts';
import { judgeTenant, type JudgedItem } from './tenant.ts';

/** Every verdict as a row that a person can hold against the recorded object; to the file that the environment names. */
function writeTable(judged: readonly JudgedItem[]): void {
  const file = process.env.VERDICT_TABLE;
  if (file === undefined || file === '') return;
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
  const rows = judged.map(({ item, verdict }) =>
    [
      item.name || item.externalId,
      `${item.itemType} ${item.vendorKind}`,
      verdict.compatibility_class,
      firedIn(verdict)
        .map((id) => id.replace(/^okta\.[a-z_]+\./, ''))
        .join(', '),
      verdict.rationale,
    ]
      .map(cell)
      .join(' | '),
  );
  const head = ['item | kind | verdict | rules that fired | reason', '--- | --- | --- | --- | ---'];
  writeFileSync(file, `${[...head, ...rows].map((row) => `| ${row} |`).join('\n')}\n`);
}

describe('the recorded responses of Okta', () => {
  let judged: JudgedItem[] = [];
  before(function () {
    this.timeout(60_000);
    const folder = recordedResponses();
    if (folder === null) {
      process.stderr.write('\nRECORDED_RESPONSES IS NOT SET: the recorded responses are NOT judged\n\n');
      return this.skip();
    }
    judged = judgeTenant(withParents(loadOktaTenant(join(folder, 'okta'))));
    writeTable(judged);
  });

  it('hold no item that no rule knows or that is not judged yet', () => {
    assert.ok(judged.length > 300, `${judged.length} items`);
    const unknown = judged.filter(({ verdict }) => firedIn(verdict).includes('no_rule'));
    assert.deepEqual(
      unknown.map(({ item }) => `${item.itemType} ${item.vendorKind} ${item.name}`),
      [],
    );
  });

  it('give every verdict a reason, and every evidence a place', () => {
    for (const { item, verdict } of judged) {
      assert.match(verdict.rationale, /[.]$/, item.name);
      assert.ok(verdict.findings.length > 0, item.name);
    }
  });
});
