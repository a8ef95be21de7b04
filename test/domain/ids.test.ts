import assert from 'node:assert/strict';
import * as ids from '../../domain/ids.ts';

const parsers = Object.entries(ids) as [string, typeof ids.TenantId][];

describe('ids', () => {
  for (const [name, parser] of parsers) {
    it(`${name} is a UUID in lower case`, () => {
      assert.equal(
        parser.parse('018F0000-0000-7000-8000-00000000000A'),
        '018f0000-0000-7000-8000-00000000000a',
      );
    });

    it(`${name} is nothing else`, () => {
      const wrong = [
        '',
        'latest',
        '018f0000000070008000000000000000a',
        '{018f0000-0000-7000-8000-00000000000a}',
        ' 018f0000-0000-7000-8000-00000000000a',
        "018f0000-0000-7000-8000-00000000000a'--",
        '018f0000-0000-7000-8000-00000000000a\u0000',
        null,
        7,
        ['018f0000-0000-7000-8000-00000000000a'],
      ];
      assert.deepEqual(
        wrong.filter((value) => parser.safeParse(value).success),
        [],
      );
    });
  }

  it('a tenant id may be a UUID of any version, because it is given to us', () => {
    for (const version of ['1', '3', '4', '5', '6', '7']) {
      const given = `018f0000-0000-${version}000-8000-00000000000a`;
      assert.equal(ids.TenantId.parse(given), given);
    }
  });
});
