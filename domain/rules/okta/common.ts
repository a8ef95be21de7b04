import { some } from '../condition.ts';
import type { Rule } from '../rule.ts';
import { asOf, documents } from './documents.ts';

/** Rows that every item type of Okta has: what is new or unreadable is never imported as if it were known. */
export const unknownWords = (itemType: string): Rule[] => [
  {
    id: `okta.${itemType}.unknown_value`,
    when: some('unknown_values'),
    class: 'manual_rebuild_required',
    operator: 'medium',
    user: 'none',
    text: 'It has a setting with a value that is not known here.',
    remedy:
      'Look at the value in the evidence, decide by hand, and report it, so that a rule can be written.',
    document: documents.applications,
    asOf,
  },
  {
    id: `okta.${itemType}.unparsable`,
    when: some('unparsable'),
    class: 'manual_rebuild_required',
    operator: 'medium',
    user: 'none',
    text: 'A member could not be read as what it should be.',
    remedy: 'Look at the raw payload and rebuild it by hand.',
    document: documents.applications,
    asOf,
  },
];
