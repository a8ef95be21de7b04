import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { readCollection } from '../../../activities/collect/readCollection.ts';
import { entraReaders } from '../../../activities/sources/entra/collections.ts';
import type { ChainRefusal } from '../../../domain/collections/ledger.ts';
import { secretBinding } from '../../../domain/source.ts';
import { sealSecret } from '../../../platform/sealing.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { openChains } from '../../../prisma/store/chains.ts';
import { createSource, type Source } from '../../../prisma/store/sources.ts';
import type { InjectedAnswer, SimulatedRequest } from '../../../simulators/answer.ts';
import { emptyTenant, type EntraTenantData } from '../../../simulators/entra/data.ts';
import { graphError, type GraphErrorCode } from '../../../simulators/entra/errors.ts';
import { commandOf, makePlace, startCollecting } from '../../prisma/store/support.ts';
import { activityDependencies, runActivity } from '../../support/activities.ts';
import { useDatabase } from '../../support/database.ts';
import { startEntra, type RunningEntra } from '../../support/entraSimulator.ts';

const guid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Groups on three pages, of which the second is empty and the third shorter than asked for, and nothing else. */
const threePages = (): EntraTenantData => ({
  ...emptyTenant(),
  groups: Array.from({ length: 1_500 }, (_, index) => ({
    id: guid(index),
    displayName: `Group ${index}`,
    groupTypes: ['DynamicMembership'],
  })),
});

const isGroups = ({ path }: SimulatedRequest) => path === '/v1.0/groups';

const refusal = (
  code: GraphErrorCode,
  more: { headers?: Record<string, string>; message?: string } = {},
): InjectedAnswer => {
  const { status, body } = graphError(code, { message: more.message });
  return { status, body, headers: more.headers ?? {} };
};

const html: InjectedAnswer = {
  status: 200,
  rawBody: '<html>maintenance</html>',
  headers: { 'content-type': 'text/html' },
};

/** What reading the groups of a directory came to. */
interface Listing {
  entra: RunningEntra;
  /** Requests for pages of groups, and for tokens. */
  requests: number;
  tokens: number;
  status: string;
  pages: number;
  objects: number;
  items: number;
  duplicates: number;
  refusal: ChainRefusal | null;
  /** Pages as they stand in the evidence: pass.page. */
  evidence: string[];
  /** What ended the whole collection. */
  failure: ApplicationFailure | null;
}

describe('A listing of an Entra directory', () => {
  const database = useDatabase();

  /** Reads the groups of a directory, attempt after attempt, as a worker does. */
  async function readGroups(
    answer: (nth: number, entra: RunningEntra) => InjectedAnswer | undefined,
    data: EntraTenantData = threePages(),
  ): Promise<Listing> {
    const entra = await startEntra({ data });
    let nth = 0;
    entra.simulator.intercept = (request) => (isGroups(request) ? answer((nth += 1), entra) : undefined);
    try {
      return await readAttempts(entra);
    } finally {
      await entra.close();
    }
  }

  async function readAttempts(entra: RunningEntra): Promise<Listing> {
    const place = await makePlace(database().database);
    const keyRing = { keys: new Map([['test', randomBytes(32)]]) };
    const { tenant, workspace } = place;
    const id = randomUUID();
    const config = {
      directory_id: entra.simulator.tenantId,
      client_id: entra.simulator.clientId,
      cloud: 'global' as const,
    };
    const binding = secretBinding({ tenantId: tenant, id, sourceType: 'entra', config });
    const sealedSecret = await sealSecret(keyRing, binding, { client_secret: entra.simulator.clientSecret });
    const made = { id, name: 'Entra', sourceType: 'entra' as const, connectionMode: 'client_credentials' };
    const source: Source = await createSource(
      place.database,
      tenant,
      workspace.id,
      { ...made, config, sealedSecret },
      commandOf(),
    );
    const { snapshot, temporalRunId } = await startCollecting({ ...place, source });
    const roots = entraReaders.find(({ name }) => name === 'groups')?.roots ?? [];
    await inTransaction(place.database, (tx) => openChains(tx, tenant, snapshot.id, roots, new Date()));
    const deps = activityDependencies({ database: place.database, keyRing });
    const read = readCollection({ ...deps, pace: { ...deps.pace, backoffMs: 1 } });
    const input = { tenantId: tenant, snapshotId: snapshot.id, collection: 'groups' };
    const run = { workflowId: snapshot.run.workflowId, runId: temporalRunId };
    const failure = await untilDone(() => runActivity(read, input, run));
    const chain = await place.database.collectionChain.findFirstOrThrow({
      where: { snapshotId: snapshot.id },
    });
    const evidence = await place.database.evidencePage.findMany({
      where: { snapshotId: snapshot.id },
      orderBy: [{ pass: 'asc' }, { page: 'asc' }],
    });
    return {
      entra,
      requests: entra.simulator.requests.filter(isGroups).length,
      tokens: entra.simulator.requests.filter(({ method }) => method === 'POST').length,
      ...chain,
      duplicates: (chain.notItems as { duplicate?: number }).duplicate ?? 0,
      refusal: chain.refusal as ChainRefusal | null,
      items: await place.database.inventoryItem.count({ where: { snapshotId: snapshot.id } }),
      evidence: evidence.map(
        ({ pass, page, abandoned }) => `${pass}.${page}${abandoned ? ' abandoned' : ''}`,
      ),
      failure,
    };
  }

  /** Tries an activity again after the delay that it asks for; returns the failure that no retry mends. */
  async function untilDone(attempt: () => Promise<{ done: boolean }>): Promise<ApplicationFailure | null> {
    for (;;) {
      try {
        if ((await attempt()).done) return null;
      } catch (error) {
        if (!(error instanceof ApplicationFailure)) throw error;
        if (error.nonRetryable) return error;
        await setTimeout(Number(error.nextRetryDelay ?? 0));
      }
    }
  }

  const whole = (listing: Listing, groups = 1_500) => {
    assert.equal(listing.status, 'closed', JSON.stringify(listing.refusal));
    assert.equal(listing.items, groups);
    assert.equal(listing.failure, null);
  };

  const places = [
    ['first', 1],
    ['middle', 2],
    ['last', 3],
  ] as const;

  it('goes on over pages that are empty or shorter than asked for', async () => {
    const listing = await readGroups(() => undefined);
    whole(listing);
    assert.deepEqual(listing.evidence, ['1.1', '1.2', '1.3']);
    assert.deepEqual([listing.requests, listing.tokens], [3, 1]);
  });

  it('counts an item that stands on two pages once', async () => {
    const listing = await readGroups((nth) => (nth === 1 ? { page: 'repeat' } : undefined));
    whole(listing);
    assert.equal(listing.duplicates, listing.objects - 1_500);
    assert.ok(listing.duplicates > 0);
  });

  const passing: [string, InjectedAnswer][] = [
    ['429 with a time to wait', refusal('TooManyRequests', { headers: { 'retry-after': '1' } })],
    ['500', refusal('internalServerError')],
    ['502 in HTML', { ...html, status: 502 }],
    ['503 with a time to wait', refusal('serviceNotAvailable', { headers: { 'retry-after': '1' } })],
    ['503 without', refusal('serviceNotAvailable')],
    ['504', refusal('gatewayTimeout')],
    ['a body cut short', { truncateAt: 'half' }],
    ['JSON that ends in the middle', { rawBody: '{"value":[{"id":"x"' }],
    ['an empty body', { rawBody: '' }],
    ['a broken connection', { disconnect: true }],
    ['a page for people', html],
  ];
  for (const [what, fault] of passing) {
    for (const [which, page] of places) {
      it(`goes on after ${what} on the ${which} page`, async () => {
        const listing = await readGroups((nth) => (nth === page ? fault : undefined));
        whole(listing);
        assert.equal(listing.requests, 4);
      });
    }
  }

  for (const [which, page] of places) {
    it(`goes on with a fresh token when all have ended before the ${which} page`, async () => {
      const listing = await readGroups((nth, { simulator }) => {
        if (nth === page) simulator.expireTokens();
        return undefined;
      });
      whole(listing);
      assert.deepEqual([listing.requests, listing.tokens], [4, 2]);
    });

    it(`ends the collection when the application is disabled before the ${which} page`, async () => {
      const listing = await readGroups((nth) =>
        nth >= page ? refusal('InvalidAuthenticationToken') : undefined,
      );
      assert.equal(listing.failure?.type, 'source_rejected');
      assert.match(listing.failure.message, /InvalidAuthenticationToken/);
      // Asked twice: once more with a fresh token.
      assert.equal(listing.requests, page + 1);
    });
  }

  const final: [string, InjectedAnswer, number, Partial<ChainRefusal>][] = [
    ['500 for ever', refusal('internalServerError'), 8, { status: 500, meaning: 'unreadable' }],
    ['a broken connection for ever', { disconnect: true }, 8, { status: null, meaning: 'unreadable' }],
    ['a page for people for ever', html, 2, { status: 200, meaning: 'unreadable' }],
    ['an object where a list was due', { body: { value: { id: 'x' } } }, 2, { meaning: 'unreadable' }],
    ['an answer without a list', { body: { id: 'x' } }, 2, { meaning: 'unreadable' }],
    ['an entry without an id', { body: { value: [{ displayName: 'x' }] } }, 2, { meaning: 'unreadable' }],
    ['a list of nothing', { body: { value: [null] } }, 2, { meaning: 'unreadable' }],
    [
      'a redirect',
      { status: 302, rawBody: '', headers: { location: 'https://elsewhere.example/' } },
      2,
      { status: 302, meaning: 'unreadable' },
    ],
    [
      'a permission that is missing',
      refusal('Authorization_RequestDenied'),
      1,
      { status: 403, code: 'Authorization_RequestDenied', meaning: 'not_permitted' },
    ],
    ['a query that is not understood', refusal('Request_UnsupportedQuery'), 1, { meaning: 'unreadable' }],
    ['a listing that is not there', refusal('Request_ResourceNotFound'), 3, { meaning: 'not_there' }],
    [
      'a next link to another host',
      { body: { value: [], '@odata.nextLink': 'https://elsewhere.example/v1.0/groups?$skiptoken=x' } },
      2,
      { meaning: 'unreadable' },
    ],
    [
      'a next link that is none',
      { body: { value: [], '@odata.nextLink': { link: 'x' } } },
      2,
      { meaning: 'unreadable' },
    ],
  ];
  for (const [what, fault, attempts, expected] of final) {
    for (const [which, page] of places) {
      it(`gives up on ${what} on the ${which} page, and keeps what was read`, async () => {
        const listing = await readGroups((nth) => (nth >= page ? fault : undefined));
        assert.equal(listing.status, 'refused');
        assert.deepEqual({ ...listing.refusal, ...expected }, listing.refusal);
        assert.equal(listing.refusal?.endpoint, '/v1.0/groups');
        assert.equal(listing.pages, page - 1);
        assert.equal(listing.items, page === 1 ? 0 : 999);
        assert.equal(listing.requests, page - 1 + attempts);
      });
    }
  }

  it('gives up on pages that lead back to one that was read', async () => {
    for (const [first, back] of [
      [1, 'itself'],
      [2, 'itself'],
    ] as const) {
      const listing = await readGroups((nth) => (nth >= first ? { page: 'loop' } : undefined));
      assert.equal(listing.refusal?.meaning, 'unreadable', back);
      assert.ok(listing.requests <= 5, String(listing.requests));
    }
    const circle = await readGroups((nth, { url }) =>
      nth >= 3 ? { body: { value: [], '@odata.nextLink': `${url}/v1.0/groups?$top=999` } } : undefined,
    );
    assert.equal(circle.refusal?.meaning, 'unreadable');
    assert.ok(circle.requests <= 6, String(circle.requests));
  });

  const dead: [string, InjectedAnswer][] = [
    ['is too old', refusal('Directory_ExpiredPageToken')],
    ['is not known', refusal('Request_UnsupportedQuery', { message: 'Invalid page token.' })],
  ];
  for (const [what, fault] of dead) {
    for (const page of [2, 3]) {
      it(`begins anew when its skip token ${what} before page ${page}: nothing doubled, what is gone dropped`, async () => {
        const listing = await readGroups((nth, { simulator }) => {
          if (nth !== page) return undefined;
          simulator.data.groups.splice(10, 1);
          return fault;
        });
        whole(listing, 1_499);
        const abandoned = page === 2 ? ['1.1 abandoned'] : ['1.1 abandoned', '1.2 abandoned'];
        assert.deepEqual(listing.evidence, [...abandoned, '2.1', '2.2', '2.3']);
      });
    }
  }

  it('does not begin anew for ever', async () => {
    const listing = await readGroups((nth) =>
      nth % 2 === 0 ? refusal('Directory_ExpiredPageToken') : undefined,
    );
    assert.equal(listing.refusal?.code, 'Directory_ExpiredPageToken');
    assert.equal(listing.refusal.meaning, 'unreadable');
    assert.equal(listing.requests, 2 * 5);
  });
});
