import assert from 'node:assert/strict';
import type { InjectedAnswer, SimulatedRequest } from '../../simulators/answer.ts';
import { ENTRA_FAULTS } from '../../simulators/entra/faults.ts';
import { createFaults, FAULTS_HELP, FaultSpecError } from '../../simulators/faults.ts';
import { OKTA_FAULTS } from '../../simulators/okta/faults.ts';
import { createCursors } from '../../simulators/paging.ts';
import {
  ids as entraIds,
  numbered,
  tenantOf as entraOf,
  withTenant,
  type Reply,
  type Served,
} from './entra/support.ts';
import {
  ids as oktaIds,
  tenantOf as oktaOf,
  withOrg,
  type Org,
  type Reply as OktaReply,
} from './okta/support.ts';

const apps = numbered('app', 25);

/** Serves an org whose list of applications has three pages of ten, with these faults. */
function okta(spec: string, use: (org: Org) => Promise<void>): Promise<void> {
  const data = oktaOf({ apps, groups: numbered('group', 3) });
  return withOrg({ data, oddPages: false, intercept: createFaults(spec, OKTA_FAULTS) }, use);
}

/** The same at Graph. */
function entra(spec: string, use: (served: Served) => Promise<void>): Promise<void> {
  const data = entraOf({ applications: apps, groups: numbered('group', 3) });
  const settings = { data, oddPages: false, limitScale: Infinity };
  return withTenant({ ...settings, intercept: createFaults(spec, ENTRA_FAULTS) }, use);
}

const LIST = '/api/v1/apps?limit=10';
const GRAPH_LIST = '/applications?$top=10';

/** The statuses of the pages of a list, each asked for once. */
async function walk(get: (path: string) => Promise<OktaReply | Reply>, path: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const reply: OktaReply | Reply = await get(next);
    statuses.push(reply.status);
    next = reply.next;
  }
  return statuses;
}

/** Asks the hook itself, without a server. */
async function decide(spec: string, ...paths: string[]): Promise<(InjectedAnswer | undefined)[]> {
  const intercept = createFaults(spec, OKTA_FAULTS);
  const answers: (InjectedAnswer | undefined)[] = [];
  for (const path of paths) {
    const { pathname, searchParams } = new URL(path, 'https://org.example');
    const query = Object.fromEntries(searchParams);
    const request: SimulatedRequest = { method: 'GET', path: pathname, query, time: new Date(0), nth: 1 };
    answers.push(await intercept(request));
  }
  return answers;
}

/** Which of as many requests for `/a` a rule takes. */
async function taken(spec: string, count: number): Promise<number[]> {
  const answers = await decide(spec, ...Array<string>(count).fill('/a'));
  return answers.flatMap((answer, index) => (answer === undefined ? [] : [index + 1]));
}

describe('Which requests a fault is for', () => {
  for (const [pattern, fitting, others] of [
    ['/a', ['/a', '/a/', '/a?x=1'], ['/b', '/a/b', '/ab']],
    ['/a/*', ['/a/b', '/a/c/'], ['/a', '/a/b/c']],
    ['/a/*/c', ['/a/b/c'], ['/a/c', '/a/b/b/c']],
    ['/a/**', ['/a/b', '/a/b/c'], ['/a', '/b']],
    ['/**', ['/a', '/a/b'], []],
    ['/a.b(c)', ['/a.b(c)'], ['/axb(c)', '/a.bc']],
    ['/a?x=1&y=two%20words', ['/a?y=two+words&x=1&z=3'], ['/a?x=1', '/a?x=2&y=two+words']],
  ] as const) {
    it(`${pattern} fits ${fitting.join(', ')} and not ${others.join(', ') || 'nothing'}`, async () => {
      for (const path of fitting) assert.ok((await decide(`${pattern} hang`, path))[0], path);
      for (const path of others) assert.equal((await decide(`${pattern} hang`, path))[0], undefined, path);
    });
  }

  it('a method fits that method alone', async () => {
    await okta('POST /api/v1/apps status=500', async ({ get }) => {
      assert.equal((await get('/api/v1/apps')).status, 200);
      assert.equal((await get('/api/v1/apps', { method: 'POST' })).status, 500);
    });
  });

  for (const [range, expected] of [
    ['1', [500]],
    ['2', [200, 500]],
    ['2-3', [200, 500]],
    ['3-', [200, 200, 500]],
    ['4', [200, 200, 200]],
  ] as const) {
    it(`page=${range} counts pages by their cursors, at both vendors`, async () => {
      const rule = `page=${range} status=500`;
      await okta(`/api/v1/apps ${rule}`, async ({ get }) =>
        assert.deepEqual(await walk(get, LIST), expected),
      );
      await entra(`/v1.0/applications ${rule}`, async ({ get }) =>
        assert.deepEqual(await walk(get, GRAPH_LIST), expected),
      );
    });
  }

  it('a page keeps its number when it is asked for again', () =>
    okta('/api/v1/apps page=2 status=503 times=1', async ({ get }) => {
      const { next = '' } = await get(LIST);
      assert.equal((await get(next)).status, 503);
      assert.deepEqual(await walk(get, next), [200, 200]);
    }));

  it('a cursor of nobody counts as a first page', async () => {
    const [first] = await decide('/a page=1 hang', '/a?after=nonsense');
    assert.deepEqual(first, { hang: true, headers: {} });
    const second = createCursors().issue('/a', { ordinal: 7, page: 1 });
    assert.equal((await decide('/a page=1 hang', `/a?after=${second}`))[0], undefined);
  });

  it('nth, times, every and each say how often', async () => {
    assert.deepEqual(await taken('/a nth=2 hang', 4), [2]);
    assert.deepEqual(await taken('/a nth=2-3 hang', 5), [2, 3]);
    assert.deepEqual(await taken('/a nth=3- hang', 5), [3, 4, 5]);
    assert.deepEqual(await taken('/a times=2 hang', 4), [1, 2]);
    assert.deepEqual(await taken('/a nth=2- times=1 hang', 4), [2]);
    assert.deepEqual(await taken('/a every hang', 3), [1, 2, 3]);
    assert.deepEqual(await taken('/a hang', 3), [1, 2, 3]);
    const answers = await decide('/** each=1 hang', '/a', '/b', '/a', '/a?x=1', '/b');
    assert.deepEqual(
      answers.map((answer) => answer !== undefined),
      [true, true, false, true, false],
    );
  });

  it('nth counts what fits method, path, query and page, not what is asked besides', async () => {
    const answers = await decide('/a?x=1 nth=2 hang', '/a', '/a?x=1', '/b', '/a', '/a?x=1');
    assert.deepEqual(
      answers.map((answer) => answer !== undefined),
      [false, false, false, false, true],
    );
  });

  it('the first rule that fits and is not used up decides, and all that fit have counted', async () => {
    const statuses = async (spec: string, count: number) =>
      (await decide(spec, ...Array<string>(count).fill('/a'))).map((answer) => answer?.status);
    const none = undefined;
    assert.deepEqual(await statuses('/a times=1 status=500; /a status=503', 3), [500, 503, 503]);
    assert.deepEqual(await statuses('/a nth=1 status=500; /a nth=2 status=503', 3), [500, 503, none]);
    assert.deepEqual(await statuses('/b status=500 ; ; /* nth=2 status=403;', 3), [none, 403, none]);
  });
});

describe('What a fault does', () => {
  for (const [status, code] of [
    [400, 'E0000001'],
    [401, 'E0000011'],
    [403, 'E0000006'],
    [404, 'E0000007'],
    [405, 'E0000022'],
    [423, 'E0000239'],
    [429, 'E0000047'],
    [500, 'E0000009'],
    [501, 'E0000060'],
    [502, 'E0000009'],
  ] as const) {
    it(`status=${status} is ${code} in Okta's shape`, () =>
      okta(`/api/v1/apps status=${status}`, async ({ get }) => {
        const reply = await get(LIST);
        assert.equal(reply.status, status);
        const keys = ['errorCode', 'errorSummary', 'errorLink', 'errorId', 'errorCauses'];
        assert.deepEqual(Object.keys(reply.body as object), keys);
        assert.equal((reply.body as { errorCode: string }).errorCode, code);
      }));
  }

  for (const [status, code] of [
    [400, 'Request_BadRequest'],
    [401, 'InvalidAuthenticationToken'],
    [403, 'Authorization_RequestDenied'],
    [404, 'Request_ResourceNotFound'],
    [422, 'Request_UnprocessableEntity'],
    [429, 'TooManyRequests'],
    [500, 'internalServerError'],
    [502, 'badGateway'],
    [503, 'serviceNotAvailable'],
    [504, 'gatewayTimeout'],
    [418, 'internalServerError'],
  ] as const) {
    it(`status=${status} is ${code} in Graph's shape`, () =>
      entra(`/v1.0/applications status=${status}`, async ({ get }) => {
        const reply = await get(GRAPH_LIST);
        assert.equal(reply.status, status);
        const error = reply.body.error as { code: string; innerError: Record<string, string> };
        assert.equal(error.code, code);
        assert.equal(error.innerError['request-id'], reply.headers.get('request-id'));
        assert.equal(reply.headers.get('content-type'), 'application/json');
      }));
  }

  it('code= names one of the codes of the vendor, known to the simulator or not', async () => {
    const codes = async (spec: string): Promise<string> => {
      const [answer] = await decide(`/a status=401 code=${spec}`, '/a');
      return (answer?.body as { errorCode: string }).errorCode;
    };
    assert.equal(await codes('E0000015'), 'E0000015');
    assert.equal(await codes('E9999999'), 'E9999999');
    await entra(
      '/v1.0/groups status=400 code=Directory_ExpiredPageToken; /** status=400 code=New',
      async ({ get, login }) => {
        assert.deepEqual((await login()).body.error, 'New');
        const { body } = await get('/groups', { headers: { authorization: 'Bearer a.b.c' } });
        const { code, message } = body.error as Record<string, string>;
        assert.equal(code, 'Directory_ExpiredPageToken');
        assert.match(message ?? '', /page token value has expired/);
      },
    );
  });

  it("status= speaks at Microsoft's login host as that does", () =>
    entra('/*/oauth2/v2.0/token nth=1 status=401; /*/oauth2/** nth=2 status=503', async ({ login }) => {
      const refused = await login();
      assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client']);
      assert.deepEqual(refused.body.error_codes, [7000215]);
      const busy = await login();
      assert.deepEqual([busy.status, busy.body.error], [503, 'temporarily_unavailable']);
      assert.equal(busy.headers.get('retry-after'), '10');
      assert.equal((await login()).status, 200);
    }));

  it('a 429 of Okta says when its limit opens, or so many seconds later, or nothing at all', async () => {
    const reset = async (words: string): Promise<unknown> => {
      const [answer] = await decide(`/a status=429 ${words}`, '/a');
      const { link: _none, ...headers } = answer?.headers ?? {};
      return headers;
    };
    const limit = 'x-rate-limit-limit';
    const remaining = 'x-rate-limit-remaining';
    const at = 'x-rate-limit-reset';
    assert.deepEqual(await reset(''), { [remaining]: '0', [at]: '60' });
    assert.deepEqual(await reset('retry-after=7'), { [remaining]: '0', [at]: '7' });
    assert.deepEqual(await reset('unannounced'), {
      [limit]: undefined,
      [remaining]: undefined,
      [at]: undefined,
    });
    await okta('/api/v1/apps status=429 unannounced', async ({ get }) => {
      assert.equal((await get(LIST)).headers.get(at), null);
    });
  });

  it('a 429 or 503 of Graph says when to try again, or later, or nothing, as conditional access never does', () =>
    entra(
      [
        '/v1.0/groups nth=1 status=429',
        '/v1.0/groups nth=2 status=503 retry-after=3',
        '/v1.0/groups nth=3 status=429 unannounced',
        '/v1.0/groups nth=4 status=500',
        '/v1.0/identity/** nth=1 status=429',
        '/v1.0/identity/** nth=2 status=429 retry-after=2',
      ].join(';'),
      async ({ get }) => {
        const wait = async (path: string) => (await get(path)).headers.get('retry-after');
        const groups = [
          await wait('/groups'),
          await wait('/groups'),
          await wait('/groups'),
          await wait('/groups'),
        ];
        assert.deepEqual(groups, ['10', '3', null, null]);
        const policies = '/identity/conditionalAccess/policies';
        assert.deepEqual([await wait(policies), await wait(policies)], [null, '2']);
      },
    ));

  it('dead-cursor is refused as each vendor refuses an old cursor', async () => {
    await okta('/api/v1/apps page=2- dead-cursor', async ({ get }) => {
      const { next = '' } = await get(LIST);
      const { status, body } = await get(next);
      const { errorCode, errorCauses } = body as Record<string, unknown>;
      assert.deepEqual(
        { status, errorCode, errorCauses },
        { status: 400, errorCode: 'E0000029', errorCauses: [{ errorSummary: 'Invalid cursor.' }] },
      );
    });
    await entra('/v1.0/applications page=2- dead-cursor', async ({ get }) => {
      const { next = '' } = await get(GRAPH_LIST);
      const { status, body } = await get(next);
      assert.equal(status, 400);
      assert.equal((body.error as { code: string }).code, 'Directory_ExpiredPageToken');
    });
  });

  it('html is a page for people with status 200, or with that of status=, whichever word comes first', async () => {
    for (const [words, status] of [
      ['html', 200],
      ['status=502 html', 502],
      ['html status=503', 503],
    ] as const) {
      await entra(`/v1.0/groups ${words}`, async ({ get }) => {
        const reply = await get('/groups');
        assert.equal(reply.status, status);
        assert.equal(reply.headers.get('content-type'), 'text/html; charset=utf-8');
        assert.match(reply.text, /^<!doctype html>/);
      });
    }
  });

  it('broken-json ends in the middle and empty-body is nothing, with the headers of a good answer', async () => {
    await okta('/api/v1/apps broken-json; /api/v1/groups empty-body', async ({ get }) => {
      const broken = await get(LIST);
      assert.deepEqual([broken.status, broken.body], [200, undefined]);
      assert.ok(broken.text.startsWith('{"value":['));
      assert.equal(broken.headers.get('content-type'), 'application/json');
      const empty = await get('/api/v1/groups');
      assert.deepEqual([empty.status, empty.text], [200, '']);
    });
  });

  it('truncate cuts inside the body that was announced', async () => {
    for (const words of ['truncate', 'truncate=20', 'truncate=1000000', 'status=500 truncate']) {
      await okta(`/api/v1/apps ${words}`, async ({ get }) => {
        await assert.rejects(get(LIST), /terminated/, words);
      });
    }
    assert.equal((await decide('/a truncate', '/a'))[0]?.truncateAt, 'half');
    assert.equal((await decide('/a truncate=20', '/a'))[0]?.truncateAt, 20);
  });

  it('disconnect cuts the connection and hang never answers', async () => {
    await entra('/v1.0/groups disconnect; /v1.0/applications hang', async ({ get }) => {
      await assert.rejects(get('/groups'), /fetch failed/);
      const signal = AbortSignal.timeout(200);
      await assert.rejects(get('/applications', { signal }), { name: 'TimeoutError' });
      assert.equal((await get('/domains')).status, 200);
    });
  });

  it('redirect leads to another host, or to the one named', async () => {
    await okta('/api/v1/apps redirect; /api/v1/groups redirect=http://127.0.0.1:9/x', async ({ get }) => {
      const reply = await get(LIST);
      assert.deepEqual([reply.status, reply.text, reply.next], [302, '', undefined]);
      assert.equal(reply.headers.get('location'), 'https://elsewhere.example/');
      assert.equal((await get('/api/v1/groups')).headers.get('location'), 'http://127.0.0.1:9/x');
    });
  });

  it('empty-page puts a page without objects before its objects, at both vendors', async () => {
    await okta('/api/v1/apps page=2 empty-page', async ({ pages }) => {
      const got = await pages(LIST);
      assert.deepEqual(
        got.map((page) => page.length),
        [10, 0, 10, 5],
      );
      assert.deepEqual(oktaIds(got.flat()), oktaIds(apps));
    });
    await entra('/v1.0/applications page=3 empty-page', async ({ pages }) => {
      const got = await pages(GRAPH_LIST);
      assert.deepEqual(
        got.map((page) => page.length),
        [10, 10, 0, 5],
      );
      assert.deepEqual(entraIds(got.flat()), entraIds(apps));
    });
  });

  it('repeat-page gives objects twice', () =>
    entra('/v1.0/applications page=2 repeat-page', async ({ pages }) => {
      const got = await pages(GRAPH_LIST);
      const second = entraIds(apps.slice(10, 20));
      assert.deepEqual(got.slice(1).map(entraIds), [second, second, entraIds(apps.slice(20))]);
    }));

  it('loop-page leads from a page to itself, even where it would be the last', async () => {
    await okta('/api/v1/apps page=3 loop-page', async ({ get }) => {
      const second = (await get((await get(LIST)).next ?? '')).next ?? '';
      const third = await get(second);
      assert.equal((third.body as unknown[]).length, 5);
      assert.equal(third.next, second);
    });
    await entra('/v1.0/applications loop-page', async ({ get, url }) => {
      assert.equal((await get(GRAPH_LIST)).next, `${url}/v1.0${GRAPH_LIST}`);
    });
  });

  it('foreign-next-link leads to another host with the rest as it is', async () => {
    await okta('/api/v1/apps foreign-next-link', async ({ get, url }) => {
      const { next = '', body } = await get(LIST);
      assert.equal((body as unknown[]).length, 10);
      assert.ok(next.startsWith('https://elsewhere.example/api/v1/apps?after='), next);
      assert.equal((await get(next.replace('https://elsewhere.example', url))).status, 200);
    });
    await entra('/v1.0/applications foreign-next-link=https://10.1.2.3:8443/ignored', async ({ get }) => {
      const { next = '' } = await get(GRAPH_LIST);
      assert.ok(next.startsWith('https://10.1.2.3:8443/v1.0/applications?$top=10&$skiptoken='), next);
    });
  });

  it('slow waits and then answers as ever, or with the rest of its rule', async () => {
    await okta('/api/v1/apps slow=60000; /api/v1/groups slow=1 status=503', async ({ get, requests }) => {
      await assert.rejects(get(LIST, { signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' });
      assert.equal(requests.length, 1);
      assert.equal((await get('/api/v1/groups')).status, 503);
    });
    await okta('/api/v1/apps slow=1', async ({ get }) => {
      assert.equal((await get(LIST)).status, 200);
    });
  });
});

describe('A description of faults that makes no sense', () => {
  for (const [spec, at, message] of [
    ['apps status=500', 1, 'a rule starts with a path such as /api/v1/apps, not with "apps"'],
    ['/a status=500; GET', 19, 'a path must follow GET'],
    ['/a', 1, 'the rule says nothing that should happen, such as status=500'],
    ['/a status=500;  /b times=2', 17, 'the rule says nothing that should happen, such as status=500'],
    ['/a explode', 4, '"explode" is none of page, nth, every,'],
    ['/a status=500 status=501', 15, 'status is said twice'],
    ['/a status=200', 4, 'status=<n> takes a whole number from 400 to 599, not "200"'],
    ['/a status', 4, 'status=<n> takes a whole number from 400 to 599, not ""'],
    ['/a hang page=0', 9, 'page=<range> takes 3, 2-4 or 5-, not "0"'],
    ['/a hang page=4-2', 9, 'page=<range> takes 3, 2-4 or 5-, not "4-2"'],
    ['/a hang nth=first', 9, 'nth=<range> takes 3, 2-4 or 5-, not "first"'],
    ['/a hang times=0', 9, 'times=<n> takes a whole number from 1 to 1000000, not "0"'],
    ['/a hang each=x', 9, 'each=<n> takes a whole number from 1 to 1000000, not "x"'],
    ['/a hang every=2', 9, 'every takes no value, not "2"'],
    ['/a hang=1', 4, 'hang takes no value, not "1"'],
    ['/a dead-cursor=1', 4, 'dead-cursor takes no value, not "1"'],
    ['/a status=429 unannounced=1', 15, 'unannounced takes no value, not "1"'],
    ['/a status=500 code=', 15, 'code=<text> needs a value'],
    ['/a hang code=E0000009', 9, 'code needs status='],
    ['/a status=500 retry-after=3', 15, 'retry-after needs status=429 or status=503'],
    ['/a status=500 unannounced', 15, 'unannounced needs status=429 or status=503'],
    [
      '/a status=429 retry-after=soon',
      15,
      'retry-after=<s> takes a whole number from 0 to 86400, not "soon"',
    ],
    ['/a truncate=0', 4, 'truncate[=<bytes>] takes a whole number from 1 to 1000000000, not "0"'],
    ['/a slow=0', 4, 'slow=<ms> takes a whole number from 1 to 600000, not "0"'],
    [
      '/a redirect=elsewhere',
      4,
      'redirect[=<url>] takes a URL such as https://elsewhere.example, not "elsewhere"',
    ],
    ['/a foreign-next-link=ftp://x', 4, 'foreign-next-link[=<url>] takes a URL such as'],
  ] as const) {
    it(`${spec} is refused at character ${at}`, () => {
      assert.throws(
        () => createFaults(spec, OKTA_FAULTS),
        (error) =>
          error instanceof FaultSpecError &&
          error.message.startsWith(`--fail, at character ${at}: ${message}`) &&
          !error.message.includes('\n'),
      );
    });
  }

  it('is one without any rule', () => {
    for (const spec of ['', ' ', ' ; ;'])
      assert.throws(() => createFaults(spec, ENTRA_FAULTS), { message: '--fail holds no rule.' });
  });

  it('cannot come from the help: its examples are rules, and it names every word', async () => {
    const examples = [...FAULTS_HELP.matchAll(/--fail '([^']+)'/g)].map(([, spec]) => spec ?? '');
    assert.equal(examples.length, 2);
    for (const spec of examples) assert.ok(createFaults(spec, ENTRA_FAULTS));
    const error = await decide('/a nothing', '/a').catch((reason: unknown) => (reason as Error).message);
    const [, words = ''] = /is none of (.*)\.$/.exec(error as string) ?? [];
    assert.equal(words.split(', ').length, 22);
    for (const word of words.split(', ')) assert.match(FAULTS_HELP, new RegExp(`^  ${word}[=[ ]`, 'm'));
  });
});
