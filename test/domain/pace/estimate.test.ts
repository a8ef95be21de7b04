import assert from 'node:assert/strict';
import { estimateOf, type CollectionProgress } from '../../../domain/pace/estimate.ts';

const row = (more: Partial<CollectionProgress>): CollectionProgress => ({
  collection: 'applications',
  endpoint: '/api/v1/apps',
  after: [],
  chains: 1,
  open: 1,
  requests: 0,
  former: null,
  ...more,
});

const assignments = (more: Partial<CollectionProgress>) =>
  row({
    collection: 'application_groups',
    endpoint: '/api/v1/apps/{id}/groups',
    after: ['applications'],
    chains: 0,
    open: 0,
    ...more,
  });

const requests = (rows: CollectionProgress[]) => estimateOf('okta', rows, new Map())?.requests ?? null;

describe('The estimate of what is left of an inventory', () => {
  it('is not given while nothing is known', () => {
    assert.equal(estimateOf('okta', [row({}), assignments({})], new Map()), null);
  });

  it('is what the former inventory read, less what was read already', () => {
    assert.equal(requests([row({ former: 10 }), assignments({ former: 900 })]), 910);
    assert.equal(
      requests([row({ former: 10, requests: 4 }), assignments({ former: 900, chains: 300, open: 300 })]),
      906,
    );
  });

  it('is one request at least for every listing that is open, however many there were before', () => {
    assert.equal(requests([row({ former: 3, requests: 7 })]), 1);
  });

  it('takes listings for as long as the ended ones were', () => {
    const rows = [row({ open: 0, requests: 2 }), assignments({ chains: 100, open: 60, requests: 80 })];
    assert.equal(requests(rows), 120);
  });

  it('expects of pages not read yet as many listings as of those that were', () => {
    // One more page of applications at least, after three that seeded 600 listings.
    const rows = [row({ requests: 3 }), assignments({ chains: 600, open: 600 })];
    assert.equal(requests(rows), 1 + 800);
  });

  it('is nothing for what was read to its end', () => {
    assert.equal(
      requests([row({ open: 0, requests: 9, former: 12 }), assignments({ chains: 5, requests: 5 })]),
      0,
    );
  });

  it('is as long as the slowest limit takes', () => {
    const rows = [row({ open: 0, requests: 5 }), assignments({ chains: 1_000, open: 1_000 })];
    // A thousand requests at fifty a minute: the first fifty need not wait.
    assert.deepEqual(estimateOf('okta', rows, new Map([['/apps/{id}/*', 50]])), {
      requests: 1_000,
      minutes: 19,
    });
    assert.equal(estimateOf('okta', rows, new Map([['/apps/{id}/*', 5_000]]))?.minutes, 2.1);
  });
});
