import assert from 'node:assert/strict';
import type { MergeDecision } from '../../../domain/merge/decision.ts';
import type { Overlap } from '../../../domain/merge/overlap.ts';
import { refreshDecision, staleReason } from '../../../domain/merge/stale.ts';
import type { LiveResource } from '../../../domain/target.ts';
import { live, overlap, side, uuid } from './support.ts';

const contract = 'tenant_oidc_application';
const first = live(1, contract);
const second = live(2, contract, { client_id: 'theirs', name: 'Billing (old)' });

type Row = Pick<MergeDecision, 'status' | 'matchedResources' | 'matchedResourceId' | 'similar'>;
const found = (...resources: LiveResource[]): Overlap | null => overlap(side(contract), resources);
const row = (matchedResourceId: string | null, status: MergeDecision['status'] = 'resolved'): Row => {
  const { matched = [], similar = [] } = found(first, second) ?? {};
  return { status, matchedResources: matched, matchedResourceId, similar };
};
const now = (...resources: LiveResource[]) =>
  new Map(resources.map((resource) => [resource.resourceId, resource]));

describe('a decision', () => {
  it('holds while what it stands on is as it was', () => {
    assert.equal(staleReason(row(uuid(1)), now(first, second)), null);
    assert.equal(refreshDecision(row(uuid(1)), found(first, second), now(first, second)), null);
  });

  it('is stale when the chosen resource was changed, and says in what', () => {
    const changed = live(1, contract, { redirect_uris: [], name: 'Bills' }, { fingerprint: 'f1b' });
    assert.equal(
      staleReason(row(uuid(1)), now(changed, second)),
      'The application \u201cBilling\u201d was changed at the target: name, redirect_uris.',
    );
  });

  it('is stale when the chosen resource is gone', () => {
    assert.equal(
      staleReason(row(uuid(2)), now(first)),
      'The application \u201cBilling (old)\u201d is no longer at the target.',
    );
  });

  it('of one resource holds whatever becomes of the others; one against all of them does not', () => {
    assert.equal(staleReason(row(uuid(1)), now(first)), null);
    assert.match(staleReason(row(null), now(first)) ?? '', /Billing \(old\)/);
  });

  it('holds when nothing but what changes by itself has changed', () => {
    const source = side('tenant_group');
    const was = live(1, 'tenant_group');
    const is = live(
      1,
      'tenant_group',
      {},
      { group: { memberCount: 99, masteredBy: 'hr', privileged: false } },
    );
    const { matched = [], similar = [] } = overlap(source, [was]) ?? {};
    const decision: Row = {
      status: 'resolved',
      matchedResources: matched,
      matchedResourceId: uuid(1),
      similar,
    };
    const refreshed = refreshDecision(decision, overlap(source, [is]), now(is));
    assert.deepEqual(
      [refreshed?.staleReason, refreshed?.matched[0]?.group?.memberCount],
      [null, 99],
      'the number is told all the same',
    );
  });

  it('takes in what else the item matches by now, and forgets what it no longer does', () => {
    const third = live(3, contract, { client_id: 'new' });
    const more = refreshDecision(row(uuid(1)), found(first, second, third), now(first, second));
    assert.deepEqual([more?.staleReason, more?.matched.length], [null, 3]);
    const none = refreshDecision(row(null, 'pending'), null, now());
    assert.deepEqual(none, { matched: [], similar: [], staleReason: null });
  });
});
