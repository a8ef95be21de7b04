import assert from 'node:assert/strict';
import { remediesOf, type CompatibilityClass, type Verdict } from '../../domain/assessment.ts';

function verdictOf(...found: [CompatibilityClass | null, string][]): Verdict {
  return {
    compatibility_class: 'blocked',
    target_contract: 'none',
    rationale: '',
    approximation_notes: [],
    blocked_reason: '',
    operator_impact: 'none',
    user_impact: 'none',
    findings: found.map(([outcome, remedy], index) => ({
      rule_id: `rule.${index}`,
      outcome,
      text: '',
      remedy,
      document: '',
      evidence: [],
    })),
    lifts_to: null,
    depends_on: [],
  };
}

describe('what to do about an item', () => {
  it('begins with the remedies of what decided its class, and names each once', () => {
    const verdict = verdictOf(
      [null, 'Tell people.'],
      ['import_with_approximation', 'Accept it.'],
      ['blocked', 'Mend it.'],
      ['blocked', 'Replace it.'],
      ['blocked', 'Mend it.'],
    );
    assert.deepEqual(remediesOf(verdict), ['Mend it.', 'Replace it.', 'Tell people.', 'Accept it.']);
  });

  it('is nothing when no finding has a remedy', () => {
    assert.deepEqual(remediesOf(verdictOf(['blocked', ''], [null, ''])), []);
    assert.deepEqual(remediesOf(verdictOf()), []);
  });
});
