import type { Reference } from '../../../domain/inventory/common.ts';
import type {
  EvidencePointer,
  EvidenceRole,
  NormalItem,
  StoredItem,
} from '../../../domain/inventory/item.ts';
import { entraObjects } from '../../../domain/inventory/objects.ts';
import type { Certificate, ProviderForm, ProviderProtocol } from '../../../domain/inventory/provider.ts';
import type { Derivation, DerivedItem, FoundObject } from '../source.ts';
import type { Federation } from './objects.ts';

type Domain = StoredItem<'domain'>;

/**
 * Entra has no list of upstream providers or of routing rules: both follow from its federated domains. A federated
 * root domain gives the provider that its configuration describes and, once verified, a rule that sends the people of
 * the domain and of its federated subdomains there. A partner's federation gives a provider for guests and no rule.
 */
const federation: Derivation = {
  itemType: 'domain',
  objectKinds: [entraObjects.domainFederation, entraObjects.partnerFederation],
  derive(items, objects) {
    const domains = items as readonly Domain[];
    const configurations = new Map(
      objects(entraObjects.domainFederation).map((object) => [object.parent, object]),
    );
    const taken = new Set<string>();
    const ofDomains = rootsOf(domains).flatMap((root) => {
      const configuration = configurations.get(root.externalId);
      const id = configuration?.externalId;
      const externalId = id === undefined || taken.has(id) ? `domain:${root.externalId}` : id;
      taken.add(externalId);
      const family = subdomainsOf(root, domains, configurations);
      const provider = domainProvider(root, family.federated, externalId, configuration);
      return root.normalized.verified
        ? [provider, routingRule(root, family, externalId, configuration)]
        : [provider];
    });
    return [...ofDomains, ...objects(entraObjects.partnerFederation).map(partnerProvider)];
  },
};

const isFederated = (domain: Domain) => domain.normalized.entra?.authentication_type === 'Federated';

/** Federated domains that inherit from no other of the tenant. */
function rootsOf(domains: readonly Domain[]): Domain[] {
  const federated = domains.filter(isFederated);
  const isRoot = (domain: Domain) =>
    domain.normalized.entra?.is_root !== false ||
    !federated.some((other) => domain.externalId.endsWith(`.${other.externalId}`));
  return federated.filter(isRoot);
}

/** Verified subdomains of a root, without those that have a federation of their own and what is below those. */
function subdomainsOf(
  root: Domain,
  domains: readonly Domain[],
  configurations: ReadonlyMap<string, FoundObject>,
): { federated: Domain[]; managed: Domain[] } {
  const below = domains.filter(
    (domain) => domain.normalized.verified && domain.externalId.endsWith(`.${root.externalId}`),
  );
  const ownRoots = below.filter(
    (domain) => configurations.has(domain.externalId) || domain.normalized.entra?.is_root !== false,
  );
  const inherits = (domain: Domain) =>
    !ownRoots.some(
      (other) =>
        domain === other || (isFederated(other) && domain.externalId.endsWith(`.${other.externalId}`)),
    );
  return {
    federated: below.filter((domain) => isFederated(domain) && inherits(domain)),
    managed: below.filter((domain) => !isFederated(domain)),
  };
}

function domainProvider(
  root: Domain,
  subdomains: readonly Domain[],
  externalId: string,
  configuration: FoundObject | undefined,
): DerivedItem {
  const domains = [root, ...subdomains];
  const said = configuration ? (configuration.data as Federation) : null;
  return {
    item: provider({
      externalId,
      name: said?.name ?? root.externalId,
      vendorKind: 'internalDomainFederation',
      form: formOf(
        said,
        'domain',
        domains.map((domain) => domain.externalId),
      ),
    }),
    evidence: pointers([configuration, 'federation'], ...domains.map(asDomain)),
  };
}

function partnerProvider(object: FoundObject): DerivedItem {
  const said = object.data as Federation;
  return {
    item: provider({
      externalId: object.externalId,
      name: said.name ?? said.domains[0] ?? object.externalId,
      vendorKind: 'samlOrWsFedExternalDomainFederation',
      form: formOf(said, 'partner', said.domains),
    }),
    evidence: pointers([object, 'federation']),
  };
}

const provider = (item: {
  externalId: string;
  name: string;
  vendorKind: string;
  form: ProviderForm;
}): NormalItem<'provider'> => ({
  itemType: 'provider',
  sourceType: 'entra',
  externalId: item.externalId,
  name: item.name,
  status: null,
  vendorKind: item.vendorKind,
  normalized: item.form,
});

const protocols: Readonly<Record<string, ProviderProtocol>> = { saml: 'saml_2_0', wsFed: 'ws_federation' };

/** Without a configuration every evidence is absent, which the rules judge. */
function formOf(said: Federation | null, of: 'domain' | 'partner', domains: readonly string[]): ProviderForm {
  return {
    protocol: protocols[said?.protocol ?? ''] ?? 'unknown',
    active: true,
    entity_id: said?.issuer ?? null,
    sso_url: said?.passive_sign_in_uri ?? null,
    sso_binding: null,
    key_ids: [],
    certificates: said ? certificatesOf(said) : [],
    name_id_format: null,
    requests_signed: said?.requests_signed ?? null,
    request_signature_algorithm: null,
    response_signature_algorithm: null,
    response_signature_scope: null,
    single_logout: null,
    issuer_url: null,
    client_id: null,
    scopes: [],
    provisioning: null,
    provisioning_groups: null,
    profile_master: null,
    deprovisioned_action: null,
    suspended_action: null,
    account_link: null,
    account_link_filtered: false,
    subject_match_type: null,
    subject_match_attribute: null,
    subject_filter: null,
    user_name_template: null,
    map_amr_claims: null,
    trust_claims: null,
    honor_persistent_name_id: null,
    entra: {
      of,
      domains: [...domains],
      active_sign_in_uri: said?.active_sign_in_uri ?? null,
      sign_out_uri: said?.sign_out_uri ?? null,
      metadata_exchange_uri: said?.metadata_exchange_uri ?? null,
      prompt_login_behavior: said?.prompt_login_behavior ?? null,
      mfa_behavior: said?.mfa_behavior ?? null,
      certificate_update: said?.certificate_update ?? null,
    },
    references: of === 'domain' ? domains.map(domainReference) : [],
    unknown_values: said?.unknown_values ?? [],
    unparsable: said?.unparsable ?? [],
    last_updated: null,
  };
}

function certificatesOf(said: Federation): Certificate[] {
  const certificate = (role: Certificate['role'], x5c: string | null) =>
    x5c === null ? [] : [{ key_id: null, role, x5c }];
  return [
    ...certificate('current', said.signing_certificate),
    ...certificate('next', said.next_signing_certificate),
  ];
}

const domainReference = (name: string): Reference => ({
  relation: 'domain',
  item_type: 'domain',
  external_id: name,
});

function routingRule(
  root: Domain,
  { federated, managed }: { federated: readonly Domain[]; managed: readonly Domain[] },
  providerId: string,
  configuration: FoundObject | undefined,
): DerivedItem {
  const domains = [root, ...federated];
  const names = domains.map((domain) => domain.externalId);
  const item: NormalItem<'routing_rule'> = {
    itemType: 'routing_rule',
    sourceType: 'entra',
    externalId: root.externalId,
    name: root.externalId,
    status: null,
    vendorKind: 'domain',
    normalized: {
      active: true,
      system: false,
      priority: null,
      identifier_type: 'IDENTIFIER',
      identifier_attribute: null,
      patterns: names.map((value) => ({ match_type: 'SUFFIX', value })),
      selection: 'SPECIFIC',
      providers: [{ type: 'internalDomainFederation', external_id: providerId }],
      other_conditions: [],
      entra: {
        root_domain: root.externalId,
        managed_subdomains: managed.map((domain) => domain.externalId),
      },
      references: [
        { relation: 'provider', item_type: 'provider', external_id: providerId },
        ...names.map(domainReference),
      ],
      unknown_values: [],
      unparsable: [],
      last_updated: null,
    },
  };
  return { item, evidence: pointers(...domains.map(asDomain), [configuration, 'federation']) };
}

type Seen = readonly [{ evidence: EvidencePointer | undefined } | undefined, EvidenceRole];

const asDomain = (domain: Domain): Seen => [{ evidence: domain.evidence[0] }, 'domain'];

/** Where on which pages something stands. Every derived item has a federation or a domain behind it. */
function pointers(...seen: Seen[]): [EvidencePointer, ...EvidencePointer[]] {
  const [first, ...rest] = seen.flatMap(([object, role]) =>
    object?.evidence ? [{ ...object.evidence, role }] : [],
  );
  if (!first) throw new Error('An item was derived from no page.');
  return [first, ...rest];
}

export const entraDerivations: readonly Derivation[] = [federation];
