/** Randomness that is the same on every machine for the same seed. */
export interface Random {
  below(limit: number): number;
  pick<T>(values: readonly [T, ...T[]] | readonly T[]): T;
  /** As many characters of the alphabet. */
  text(length: number, alphabet: string): string;
  /** A moment of the two years that begin with this one. */
  date(fromYear: number): string;
}

/** mulberry32: small and seeded. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
  return {
    below,
    pick<T>(values: readonly T[]) {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError('There is nothing to pick from an empty list');
      return value;
    },
    text(length, alphabet) {
      let made = '';
      while (made.length < length) made += alphabet.charAt(below(alphabet.length));
      return made;
    },
    date: (fromYear) => new Date(Date.UTC(fromYear, 0, 1) + below(63_000_000) * 1000).toISOString(),
  };
}

const SUBJECTS = [
  'Ledger',
  'Survey',
  'Depot',
  'Invoice',
  'Roster',
  'Harbour',
  'Turbine',
  'Archive',
  'Tariff',
  'Parcel',
] as const;
const KINDS = [
  'Desk',
  'Portal',
  'Planner',
  'Register',
  'Board',
  'Console',
  'Reports',
  'Intake',
  'Vault',
  'Monitor',
] as const;
const PLACES = [
  'Northgate',
  'Elmford',
  'Sandholm',
  'Wrayton',
  'Kestrel Row',
  'Millbrook',
  'Ashdown',
  'Ferrycross',
] as const;

/** The so many-th application of a generated tenant. */
export function applicationName(random: Random, index: number): string {
  return `${random.pick(SUBJECTS)} ${random.pick(KINDS)} ${random.pick(PLACES)} ${index + 1}`;
}

/** The so many-th group of a generated tenant. */
export function groupName(random: Random, index: number): string {
  return `${random.pick(PLACES)} ${random.pick(SUBJECTS)} ${index + 1}`;
}

/** Owners write a sentence or several: it is what makes applications differ in size. */
export function note(random: Random, atLeast: number): string {
  const sentence = () =>
    `Asked for by ${random.pick(PLACES)}, owner ${random.pick(SUBJECTS)} team, reviewed ${random.date(2023)}.`;
  return Array.from({ length: atLeast + random.below(11 - atLeast) }, sentence).join(' ');
}
