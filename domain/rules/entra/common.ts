import { some } from '../condition.ts';
import type { Rule } from '../rule.ts';
import { rowsOf } from '../rows.ts';
import { asOf, documents } from './documents.ts';

/** Rows that every item type of Entra has: what is new or unreadable is never imported as if it were known. */
export function unknownWords(itemType: string, document: string = documents.registrations): Rule[] {
  const { manual } = rowsOf({ prefix: `entra.${itemType}`, document, asOf });
  return [
    manual('unknown_value', some('unknown_values'), {
      text: 'It has a setting with a value that is not known here.',
      remedy:
        'Look at the value in the evidence, decide by hand, and report it, so that a rule can be written.',
      operator: 'medium',
      user: 'none',
    }),
    manual('unparsable', some('unparsable'), {
      text: 'A member could not be read as what it should be.',
      remedy: 'Look at the raw payload and rebuild it by hand.',
      operator: 'medium',
      user: 'none',
    }),
  ];
}
