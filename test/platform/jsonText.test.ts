import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parsePage, redactSecrets, sliceEntries } from '../../platform/jsonText.ts';

const mark = '"[redacted]"';
const redacted = (text: string) => redactSecrets(Buffer.from(text)).bytes.toString();

describe('redacting a page', () => {
  for (const [told, before, after, pointers] of [
    ['a client secret', '{"client_secret":"x"}', `{"client_secret":${mark}}`, ['/client_secret']],
    ['one in any case', '{"ClientSecret" : "x"}', `{"ClientSecret" : ${mark}}`, ['/ClientSecret']],
    ['a password', '{"password":"x"}', `{"password":${mark}}`, ['/password']],
    [
      'a password inside',
      '{"password":{"value":"x","hash":{"salt":"s"}}}',
      `{"password":{"value":${mark},"hash":{"salt":"s"}}}`,
      ['/password/value'],
    ],
    [
      'an API key',
      '{"apiKey":"x","api_key":"y","api-key":"z"}',
      `{"apiKey":${mark},"api_key":${mark},"api-key":${mark}}`,
      ['/apiKey', '/api_key', '/api-key'],
    ],
    [
      'a token',
      '{"token":"x","access_token":"y","refreshToken":"z"}',
      `{"token":${mark},"access_token":${mark},"refreshToken":${mark}}`,
      ['/token', '/access_token', '/refreshToken'],
    ],
    [
      'what a hook shows to its service',
      '{"config":{"headers":[{"key":"X-Key","value":"x"}],"authScheme":{"key":"authorization","value":"y"}}}',
      `{"config":{"headers":[{"key":"X-Key","value":${mark}}],"authScheme":{"key":"authorization","value":${mark}}}}`,
      ['/config/headers/0/value', '/config/authScheme/value'],
    ],
    ['a shared key', '{"sharedKey":"x"}', `{"sharedKey":${mark}}`, ['/sharedKey']],
    [
      'a list of secrets',
      '{"secrets":["x","y"]}',
      `{"secrets":[${mark},${mark}]}`,
      ['/secrets/0', '/secrets/1'],
    ],
    [
      'one far inside',
      '[{"a":[{"b":{"client_secret":"x"}}]}]',
      `[{"a":[{"b":{"client_secret":${mark}}}]}]`,
      ['/0/a/0/b/client_secret'],
    ],
    [
      'one under a name with a slash',
      '{"a/b~":{"secret":"x"}}',
      `{"a/b~":{"secret":${mark}}}`,
      ['/a~1b~0/secret'],
    ],
    ['one whose name is escaped', '{"\\u0073ecret":"x"}', `{"\\u0073ecret":${mark}}`, ['/secret']],
    ['one with escapes inside', '{"secret":"a\\"b\\\\"}', `{"secret":${mark}}`, ['/secret']],
    ['one after a byte order mark', '\ufeff{"secret":"x"}', `\ufeff{"secret":${mark}}`, ['/secret']],
    [
      'both of two members of one name',
      '{"secret":"x","secret":"y"}',
      `{"secret":${mark},"secret":${mark}}`,
      ['/secret', '/secret'],
    ],
    [
      'private members of a key',
      '{"kty":"RSA","n":"N","e":"E","d":"D","p":"P"}',
      `{"kty":"RSA","n":"N","e":"E","d":${mark},"p":${mark}}`,
      ['/d', '/p'],
    ],
    [
      'a symmetric key',
      '{"keys":[{"k":"K","kty":"oct"}]}',
      `{"keys":[{"k":${mark},"kty":"oct"}]}`,
      ['/keys/0/k'],
    ],
  ] as const) {
    it(`takes out ${told}`, () => {
      const result = redactSecrets(Buffer.from(before));
      assert.equal(result.bytes.toString(), after);
      assert.deepEqual(result.redacted, pointers);
    });
  }

  for (const [told, text] of [
    ['how a client authenticates', '{"token_endpoint_auth_method":"client_secret_basic"}'],
    ['when a password was changed', '{"passwordChanged":"2026-01-01","password_changed":"x"}'],
    ['a secret that is nothing', '{"client_secret":null,"secret":"","password":{}}'],
    ['whether there is a secret', '{"password":true,"secret":false}'],
    ['a value that sounds like one', '{"name":"client_secret","note":"password: x"}'],
    ['a single letter that is no key', '{"d":"D","p":"P","k":"K"}'],
    ['what is no JSON', '<html>secret: "x"</html>'],
    ['nothing', ''],
  ] as const) {
    it(`leaves ${told} as it is`, () => assert.equal(redacted(text), text));
  }

  it('leaves every byte outside of the secrets as it came, invalid UTF-8 included', () => {
    const raw = Buffer.concat([
      Buffer.from('{ "n" : "'),
      Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
      Buffer.from('",\r\n\t"client_secret":"'),
      Buffer.from([0xc3, 0xa9, 0xff]),
      Buffer.from('", "big": 12345678901234567890.10, "z" : 1e400 }\n'),
    ]);
    const [head, tail] = [
      raw.subarray(0, raw.indexOf('"client_secret":') + 16),
      raw.subarray(raw.indexOf('", "big"') + 1),
    ];
    assert.deepEqual(redactSecrets(raw).bytes, Buffer.concat([head, Buffer.from(mark), tail]));
  });

  /** JSON of any shape, with members that sound like secrets among others. */
  const anyPage = fc.jsonValue({ maxDepth: 4 }).chain((value) =>
    fc.record({
      value: fc.constant(value),
      secret: fc.string({ unit: 'binary', minLength: 1 }),
      name: fc.constantFrom('client_secret', 'api_token', 'password', 'sharedKey', 'x'),
      indent: fc.constantFrom(0, 1, '\t', '\r\n  '),
    }),
  );

  it('changes nothing but the values of secrets in any page', () => {
    fc.assert(
      fc.property(anyPage, ({ value, secret, name, indent }) => {
        const page = [value, { [name]: secret, kept: value }, value];
        const text = JSON.stringify(page, null, indent);
        const { bytes, redacted: pointers } = redactSecrets(Buffer.from(text));
        const isSecret = name !== 'x';
        assert.ok(pointers.includes(`/1/${name}`) === isSecret);
        // Names in the generated value may sound like secrets as well; what remains is the page without them.
        const found = JSON.parse(bytes.toString()) as unknown[];
        const expected = JSON.parse(text) as unknown[];
        for (const pointer of pointers) setAt(expected, pointer);
        assert.deepEqual(found, expected);
        assert.equal(stripped(bytes.toString()), stripped(JSON.stringify(expected, null, indent)));
      }),
    );
  });

  it('is quick on a page of 5 MB', () => {
    const entries = Array.from({ length: 5_000 }, (_, n) => ({
      id: `0oa${n}`,
      filler: 'é'.repeat(450),
      client_secret: 's',
    }));
    const body = Buffer.from(JSON.stringify(entries));
    assert.ok(body.length > 4_500_000);
    const { redacted: pointers, bytes } = redactSecrets(body);
    assert.equal(pointers.length, 5_000);
    assert.ok(!bytes.includes('"client_secret":"s"'));
  });
});

/** Puts the mark where a pointer leads. */
function setAt(value: unknown, pointer: string): void {
  const path = pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = path.pop() ?? '';
  const parent = path.reduce<unknown>((found, token) => (found as Record<string, unknown>)[token], value);
  Object.defineProperty(parent, last, {
    value: '[redacted]',
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

const stripped = (text: string) => text.replaceAll(/\s+(?=(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*")*$)/g, ' ');

describe('cutting entries out of a page', () => {
  const cut = (text: string, indexes: number[], at = '') =>
    Object.fromEntries(
      [...sliceEntries(Buffer.from(text), new Set(indexes), at)].map(([index, bytes]) => [
        index,
        bytes.toString(),
      ]),
    );

  it('gives the bytes that stand there, white space and number spellings included', () => {
    const text = '[ {"a" : 1.0} , 12345678901234567890 ,"x",null, [ 1,2 ]]';
    assert.deepEqual(cut(text, [0, 1, 2, 3, 4]), {
      0: '{"a" : 1.0}',
      1: '12345678901234567890',
      2: '"x"',
      3: 'null',
      4: '[ 1,2 ]',
    });
  });

  it('gives only what was asked for, and nothing for what is not there', () => {
    assert.deepEqual(cut('[{"a":[{"b":1}]},{"c":2}]', [1, 7]), { 1: '{"c":2}' });
    assert.deepEqual(cut('[]', [0]), {});
    assert.deepEqual(cut('{"value":[1]}', [0]), {});
    assert.deepEqual(cut('not json', [0]), {});
  });

  it('reads the array that a member holds, and no other array', () => {
    const text = '{"other":[{"id":9}],"domains":[{"id":1},{"id":2,"domains":[{"id":3}]}]}';
    assert.deepEqual(cut(text, [0, 1], '/domains'), { 0: '{"id":1}', 1: '{"id":2,"domains":[{"id":3}]}' });
  });

  it('reads the later one of two members of one name, as a parser does', () => {
    assert.deepEqual(cut('{"domains":[{"id":1}],"domains":[{"id":2}]}', [0], '/domains'), { 0: '{"id":2}' });
  });

  it('keeps numbers beyond 2^53, __proto__ and duplicate members', () => {
    const entry = '{"n":9007199254740993,"__proto__":{"x":1},"d":1,"d":2,"e":1E+2}';
    assert.deepEqual(cut(`[${entry}]`, [0]), { 0: entry });
  });

  it('keeps bytes that are no UTF-8', () => {
    const entry = Buffer.concat([Buffer.from('{"n":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]);
    const page = Buffer.concat([Buffer.from('[1,'), entry, Buffer.from(']')]);
    assert.deepEqual(sliceEntries(page, new Set([1]), '').get(1), entry);
  });

  it('begins after a byte order mark', () => {
    assert.deepEqual(cut('\ufeff[{"a":1}]', [0]), { 0: '{"a":1}' });
  });

  it('gives back each entry of any page, letter by letter', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 2, '\t'), (entries, indent) => {
        const texts = entries.map((entry) => JSON.stringify(entry, null, indent));
        const page = Buffer.from(`\n[${texts.join(' ,\n')}] `);
        const slices = sliceEntries(page, new Set(entries.keys()), '');
        assert.deepEqual(
          entries.map((_, index) => slices.get(index)?.toString()),
          texts,
        );
      }),
    );
  });

  it('cuts an entry of 5 MB', () => {
    const big = JSON.stringify({ id: 'big', notes: 'ü'.repeat(2_500_000) });
    const page = Buffer.from(`[{"id":"small"},${big}]`);
    assert.equal(
      sliceEntries(page, new Set([1]), '')
        .get(1)
        ?.toString(),
      big,
    );
  });
});

describe('parsing a page', () => {
  const parse = (text: string) => parsePage(Buffer.from(text));
  const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

  it('gives the value, and says that nothing was repaired', () => {
    assert.deepEqual(parse('\ufeff[{"a":"é"}]'), { value: [{ a: 'é' }], repaired: [] });
  });

  it('repairs U+0000 and lone surrogates, which the database would refuse, and says where', () => {
    const { value, repaired } = parse(
      '{"a":"x\\u0000y","b":["ok","\\ud800","\\udc00z"],"c/d~":"\\ud83d\\ude00 \\uDEAD"}',
    );
    assert.deepEqual(value, { a: 'x\ufffdy', b: ['ok', '\ufffd', '\ufffdz'], 'c/d~': '😀 \ufffd' });
    assert.deepEqual(repaired, ['/a', '/b/1', '/b/2', '/c~1d~0']);
  });

  it('repairs the name of a member, and says where', () => {
    const { value, repaired } = parse('{"a\\u0000":{"b":1}}');
    assert.deepEqual(value, { 'a\ufffd': { b: 1 } });
    assert.deepEqual(repaired, ['/a\ufffd']);
  });

  it('does not take an escaped backslash for such an escape', () => {
    assert.deepEqual(parse('{"a":"\\\\u0000"}'), { value: { a: '\\u0000' }, repaired: [] });
  });

  it('reads invalid UTF-8 as the replacement character', () => {
    const body = Buffer.concat([Buffer.from('["'), Buffer.from([0xff]), Buffer.from('"]')]);
    assert.deepEqual(parsePage(body).value, ['\ufffd']);
  });

  it('keeps a member called __proto__ as a member', () => {
    for (const text of ['{"__proto__":{"polluted":true}}', '{"__proto__":{"polluted":"\\u0000"}}']) {
      const { value } = parse(text) as { value: object };
      assert.deepEqual(Object.keys(value), ['__proto__']);
      assert.equal((value as { polluted?: unknown }).polluted, undefined);
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it('takes 40 levels and refuses 70', () => {
    assert.deepEqual(parse(nested(40)).repaired, []);
    assert.throws(() => parse(nested(70)), RangeError);
    assert.throws(() => parse(`{"a":${nested(69)}}`), RangeError);
  });

  it('refuses a page so deep that it would exhaust the stack', () => {
    assert.throws(() => parse(nested(100_000)), RangeError);
  });

  it('refuses what is no JSON with a SyntaxError', () => {
    for (const text of [
      '',
      '<html></html>',
      '[1,2',
      '[1,]',
      "{'a':1}",
      '[1] trailing',
      '{"a":"\u0000"}',
      'NaN',
      '// x\n[]',
    ]) {
      assert.throws(() => parse(text), SyntaxError, text);
    }
  });

  it('parses a page whose entry has 5 MB', () => {
    const { value } = parse(JSON.stringify([{ notes: 'x'.repeat(5_000_000) }]));
    assert.equal((value as { notes: string }[])[0]?.notes.length, 5_000_000);
  });
});
