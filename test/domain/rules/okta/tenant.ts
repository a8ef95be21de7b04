// A whole Okta org judged in memory: what collection, composition and classification do, without a database.
import { COLLECTIONS, type CollectionName } from '../../../../simulators/okta/collections.ts';
import type { OktaTenantData } from '../../../../simulators/okta/data.ts';
import type { OktaObject } from '../../../../simulators/okta/members.ts';
import type { PageContent, ReadObject } from '../../../../activities/sources/source.ts';
import type { Body } from '../../../support/answer.ts';
import type { Verdict } from '../../../../domain/assessment.ts';
import type { OktaCollectionName } from '../../../../domain/collections/okta.ts';
import type { StoredItem } from '../../../../domain/inventory/item.ts';
import {
  applicationSubject,
  assignmentSubject,
  groupSubject,
  plainSubject,
  type JudgedEnd,
  type SnapshotFacts,
} from '../../../../domain/rules/facts.ts';
import { builtInTarget } from '../../../../domain/rules/targetProfile.ts';
import { asItem, compose, firedIn, judgeSubject, readPage } from './support.ts';

export interface JudgedItem {
  item: StoredItem;
  raw: unknown;
  verdict: Verdict;
}

interface ReadItem {
  item: StoredItem;
  raw: unknown;
}

/** Judges every item of an org. */
export function judgeTenant(data: OktaTenantData): JudgedItem[] {
  const pages = readAll(data);
  const read = pages.flatMap(({ entries, content }) =>
    content.items.map(({ item, index }) => ({ item: asItem(item), raw: entries[index] })),
  );
  const contents = pages.map(({ content }) => content);
  const composed = read.map(({ item, raw }) => ({ raw, item: compose(item, contents) }));
  const facts = factsOf(data, contents);
  const ends = new Map<string, JudgedEnd>();
  const judged = composed
    .filter(({ item }) => item.itemType !== 'assignment')
    .map((each) => {
      const verdict = judgeOne(each.item, composed, facts);
      ends.set(each.item.id, {
        compatibilityClass: verdict.compatibility_class,
        vendorKind: each.item.vendorKind,
        ruleIds: firedIn(verdict),
      });
      return { ...each, verdict };
    });
  const assignments = composed.flatMap(({ item, raw }) => {
    if (item.itemType !== 'assignment') return [];
    const { application, principal } = (item as StoredItem<'assignment'>).normalized;
    const subject = assignmentSubject(item as StoredItem<'assignment'>, {
      application: ends.get(`application/${application}`) ?? null,
      group: ends.get(`group/${principal}`) ?? null,
    });
    return [{ item, raw, verdict: judgeSubject('assignment', subject) }];
  });
  return [...judged, ...assignments];
}

function judgeOne(item: StoredItem, all: readonly ReadItem[], facts: SnapshotFacts): Verdict {
  switch (item.itemType) {
    case 'application': {
      const guards = item.normalized.references
        .filter((reference) => reference.relation === 'access_policy')
        .map((reference) => {
          const policy = all.find((each) => each.item.id === `policy/${reference.external_id}`)?.item;
          return policy ? (policy as StoredItem<'policy'>).normalized : null;
        });
      const subject = applicationSubject(item as StoredItem<'application'>, guards, facts, builtInTarget);
      return judgeSubject('application', subject);
    }
    case 'group': {
      const referenced = all.some((other) =>
        other.item.normalized.references.some(
          (reference) => reference.item_type === 'group' && reference.external_id === item.externalId,
        ),
      );
      return judgeSubject('group', groupSubject(item as StoredItem<'group'>, referenced, facts));
    }
    case 'provider':
    case 'routing_rule':
    case 'policy':
    case 'assignment':
    case 'domain':
      return judgeSubject(item.itemType, plainSubject(item));
  }
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
  ];
}

function factsOf(data: OktaTenantData, pages: readonly PageContent[]): SnapshotFacts {
  const objects = pages.flatMap((page) => page.objects);
  const ofKind = (kind: string): (Omit<ReadObject, 'data'> & { data: Body })[] =>
    objects.filter((object) => object.kind === kind);
  const policies = ofKind('okta.authorization_server_policy');
  const grants = new Map<string, string[]>();
  for (const { parent, data: grant } of ofKind('okta.grant')) {
    grants.set(parent, [...(grants.get(parent) ?? []), grant.scope]);
  }
  return {
    incumbentHosts: new Set(data.domains.map((domain) => String(domain.domain))),
    groupsFedByRules: new Set(ofKind('okta.group_rule').flatMap((rule) => rule.data.groups)),
    authorizationServers: ofKind('okta.authorization_server').map((server) => ({
      name: server.data.name,
      clients: policies
        .filter((policy) => policy.parent === server.externalId)
        .flatMap((policy) => policy.data.clients),
    })),
    grantsByApplication: grants,
  };
}
