// Whether this Node can run the project at all. Nothing is installed yet, so no semver package either.

/**
 * @param {string} version of Node, `20.19.0`
 * @param {string} range as in package.json's `engines`: alternatives `^a.b.c` and `>=a[.b[.c]]`, joined by `||`
 * @returns {boolean}
 */
export function satisfies(version, range) {
  const actual = numbers(version);
  return range.split('||').some((alternative) => {
    const [, operator, wanted] = /^\s*(\^|>=)\s*(\S+)\s*$/.exec(alternative) ?? [];
    if (operator === undefined)
      throw new Error(`engines in package.json: "${alternative}" is not understood`);
    const least = numbers(wanted);
    return atLeast(actual, least) && (operator === '>=' || actual[0] === least[0]);
  });
}

function numbers(version) {
  const [major = 0, minor = 0, patch = 0] = version.split('-')[0].split('.').map(Number);
  return [major, minor, patch];
}

function atLeast(actual, least) {
  const different = actual.findIndex((part, place) => part !== least[place]);
  return different === -1 || actual[different] > least[different];
}
