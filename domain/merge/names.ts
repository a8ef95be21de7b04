import { groupNameKey } from '../target.ts';

/** Scripts whose letters people mix up, and those of the names that organisations write most. */
const scripts: readonly RegExp[] = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Georgian}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Arabic}/u,
  /\p{Script=Devanagari}/u,
  /\p{Script=Thai}/u,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u,
];
const latin = 0;
const eastAsian = scripts.length - 1;

/**
 * Whether a name has letters of more than one script. Latin beside Chinese, Japanese or Korean is how names are written
 * there and counts as one (https://www.unicode.org/reports/tr39/#Restriction_Level_Detection, highly restrictive).
 */
export function mixesScripts(name: string): boolean {
  const found = new Set<number>();
  for (const character of name.normalize('NFKC')) {
    // Letters that every script shares (a modifier, an ordinal sign) tell nothing.
    if (!/\p{L}/u.test(character) || /[\p{Script=Common}\p{Script=Inherited}]/u.test(character)) continue;
    // A script of none of these is one more, found at -1.
    found.add(scripts.findIndex((pattern) => pattern.test(character)));
  }
  if (found.has(latin)) found.delete(eastAsian);
  return found.size > 1;
}

/** Letters that look like Latin ones in most typefaces (https://www.unicode.org/Public/security/latest/confusables.txt). */
const lookAlikes = new Map([
  // Cyrillic
  ...pairs('авсԁеһніјкӏморԛѕтѵԝхуү', 'abcdehhijklmopqstvwxyy'),
  // Greek
  ...pairs('αβεηικμνορστυχζ', 'abenikmvopotuxz'),
]);

function pairs(from: string, to: string): [string, string][] {
  return Array.from(from, (letter, position) => [letter, to[position] ?? letter]);
}

/** A name with the letters of other scripts that look Latin read as Latin, in lower case. */
const readAsLatin = (name: string): string =>
  Array.from(groupNameKey(name), (letter) => lookAlikes.get(letter) ?? letter).join('');

/** The names under which a resource that people would take for the same may stand at the target. */
export const namesToLookUp = (name: string): string[] =>
  mixesScripts(name) ? [...new Set([name, readAsLatin(name)])] : [name];
