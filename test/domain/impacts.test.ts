import assert from 'node:assert/strict';
import { impactDefinitions, impactTypes } from '../../domain/impacts.ts';
import { sourceTypes } from '../../domain/source.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { ruleSets } from '../../domain/rules/ruleSets.ts';

const selections = impactDefinitions.flatMap((definition) =>
  [definition.selection, definition.criticalWhen].filter((selection) => selection !== undefined),
);

describe('change impacts', () => {
  it('are defined once for each type and audience', () => {
    const pairs = impactDefinitions.map(({ type, audience }) => `${type} ${audience}`);
    assert.equal(new Set(pairs).size, pairs.length);
    assert.deepEqual(impactTypes, [...new Set(impactDefinitions.map(({ type }) => type))]);
  });

  it('have the audience, the severity and the word on avoidability that the rules give them', () => {
    assert.deepEqual(
      impactDefinitions.map(({ type, audience, severity, criticalWhen, unavoidable }) =>
        [type, audience, severity, criticalWhen ? 'or critical' : '', unavoidable ? 'unavoidable' : '']
          .join(' ')
          .trim(),
      ),
      [
        'subject_identifier_changes application_owners critical  unavoidable',
        'client_credentials_reissued application_owners high  unavoidable',
        'issuer_changes application_owners high  unavoidable',
        'token_contents_change application_owners high',
        'application_unreachable end_users critical',
        'direct_assignment_lost end_users high  unavoidable',
        'group_created_empty administrators high or critical unavoidable',
        'group_becomes_static administrators medium',
        'provisioning_stops administrators high',
        'access_widens_or_narrows security critical',
      ],
    );
  });

  it('name rules that exist', () => {
    const known = new Set(
      sourceTypes.flatMap((source) =>
        itemTypes.flatMap((type) => ruleSets[source][type].rules.map((rule) => rule.id)),
      ),
    );
    const named = selections.flatMap((selection) => selection.rules ?? []);
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter((id) => !known.has(id)),
      [],
    );
  });

  it('never touch every item alike', () => {
    assert.deepEqual(
      selections.filter((selection) => Object.keys(selection).length === 0),
      [],
    );
  });

  for (const definition of impactDefinitions) {
    it(`say ${definition.type} in a sentence that can be forwarded, of one item and of many`, () => {
      const [one, many] = [definition.summary(1), definition.summary(1200)];
      assert.match(one, /^1 \S.*[.]$/);
      assert.match(many, /^1200 \S.*[.]$/);
      assert.notEqual(one.replace(/^1 /, ''), many.replace(/^1200 /, ''));
    });
  }
});
