// A whole Okta org judged in memory: what collection, composition and classification do, without a database.
import { COLLECTIONS, type CollectionName } from '../../../../simulators/okta/collections.ts';
import type { OktaTenantData } from '../../../../simulators/okta/data.ts';
import type { OktaObject } from '../../../../simulators/okta/members.ts';
import type { PageContent, ReadObject } from '../../../../activities/sources/source.ts';
import type { Verdict } from '../../../../domain/assessment.ts';
import type { OktaCollectionName } from '../../../../domain/collections/okta.ts';
import type { StoredItem } from '../../../../domain/inventory/item.ts';
import { oktaFactsOf } from '../../../../domain/rules/okta/orgFacts.ts';
import type { SnapshotFacts } from '../../../../domain/rules/surroundings.ts';
import { inOrder, judgeSnapshot } from '../snapshot.ts';
import { asItem, compose, readPage } from './support.ts';

export interface JudgedItem {
  item: StoredItem;
  raw: unknown;
  verdict: Verdict;
}

/** Judges every item of an org. */
export function judgeTenant(data: OktaTenantData): JudgedItem[] {
  const pages = readAll(data);
  const contents = pages.map(({ content }) => content);
  const read = pages.flatMap(({ entries, content }) =>
    content.items.map(({ item, index }) => ({
      raw: entries[index],
      item: compose(asItem(item), contents),
    })),
  );
  const objects = inOrder(contents.flatMap((content) => content.objects));
  const verdicts = judgeSnapshot(
    read.map(({ item }) => item),
    objects,
    factsOf(data, objects),
  );
  return read.flatMap(({ item, raw }) => {
    const verdict = verdicts.get(item.id);
    return verdict ? [{ item, raw, verdict }] : [];
  });
}

interface ReadPage {
  entries: readonly OktaObject[];
  content: PageContent;
}

/** Every collection as pages, one for each listing. */
function readAll(data: OktaTenantData): ReadPage[] {
  const page = (name: OktaCollectionName, entries: readonly OktaObject[], context = {}): ReadPage => ({
    entries,
    content: readPage(name, entries, context),
  });
  const below = (name: OktaCollectionName, children: CollectionName, member: string): ReadPage[] => {
    const { parent } = COLLECTIONS[children];
    if (!parent) throw new Error(`${children} hang below nothing`);
    return data[parent.collection].map((owner) => {
      const own = data[children].filter((child) => parent.named(child) === parent.answersTo(owner));
      return page(name, own, { [member]: String(owner.id) });
    });
  };
  // A listing of groups shows statistics only where it is asked for them.
  const groups = data.groups.map(({ _embedded, ...group }) => group);
  return [
    page('applications', data.apps),
    page('groups', groups),
    page('group_statistics', data.groups),
    page('group_rules', data.groupRules),
    page('identity_providers', data.idps),
    page('identity_provider_keys', data.idpKeys),
    page('policies', data.policies),
    page('routing_rules', data.idpDiscoveryRules),
    page('domains', data.domains),
    page('email_domains', data.emailDomains),
    page('authorization_servers', data.authorizationServers),
    ...below('policy_rules', 'policyRules', 'policy'),
    ...below('application_groups', 'appGroups', 'application'),
    ...below('application_users', 'appUsers', 'application'),
    ...below('application_grants', 'appGrants', 'application'),
    ...below('authorization_server_policies', 'authorizationServerPolicies', 'server'),
    ...below('authorization_server_scopes', 'authorizationServerScopes', 'server'),
    ...below('authorization_server_claims', 'authorizationServerClaims', 'server'),
    page('inline_hooks', data.inlineHooks),
  ];
}

function factsOf(data: OktaTenantData, objects: readonly ReadObject[]): Partial<SnapshotFacts> {
  return {
    incumbentHosts: new Set(data.domains.map((domain) => String(domain.domain))),
    okta: oktaFactsOf((kind) => objects.filter((object) => object.kind === kind), new Set()),
  };
}
