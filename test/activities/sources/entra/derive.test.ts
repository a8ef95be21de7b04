import assert from 'node:assert/strict';
import { entraDerivations } from '../../../../activities/sources/entra/derive.ts';
import { normalizeDomain } from '../../../../activities/sources/entra/normalize/domain.ts';
import { entraObjects } from '../../../../domain/inventory/objects.ts';
import * as objects from '../../../../activities/sources/entra/objects.ts';
import type { DerivedItem, FoundObject } from '../../../../activities/sources/source.ts';
import type { NormalForms, StoredItem } from '../../../../domain/inventory/item.ts';
import { formSchemas } from '../../../support/normalForms.ts';

let pages = 0;
const nextPage = () => `01900000-0000-7000-8000-${String((pages += 1)).padStart(12, '0')}`;

const domain = (id: string, more: object = {}): StoredItem => ({
  ...normalizeDomain({ id, isVerified: true, isRoot: true, authenticationType: 'Federated', ...more }),
  id: nextPage(),
  ordinal: 1n,
  fingerprint: '',
  evidence: [{ id: nextPage(), index: 0, role: 'object' }],
});

type Entry = ReturnType<typeof objects.partnerFederation>;
const found = ({ parent, externalId, data }: Entry): FoundObject => ({
  parent,
  externalId,
  data,
  evidence: { id: nextPage(), index: 3, role: 'object' },
});

const configuration = (domainId: string, more: object = {}) =>
  found(
    objects.domainFederation(
      {
        id: `federation-of-${domainId}`,
        displayName: 'Harbour',
        issuerUri: 'https://idp.example/entity',
        passiveSignInUri: 'https://idp.example/sso',
        preferredAuthenticationProtocol: 'saml',
        signingCertificate: 'MII\r\nB',
        ...more,
      },
      domainId,
    ),
  );

function derive(domains: StoredItem[], configurations: FoundObject[] = [], partners: FoundObject[] = []) {
  const [derivation] = entraDerivations;
  const derived = derivation?.derive(domains, (kind) =>
    kind === entraObjects.domainFederation ? configurations : partners,
  );
  for (const { item } of derived ?? []) {
    assert.deepEqual(formSchemas[item.itemType].parse(item.normalized), item.normalized);
  }
  return [...(derived ?? [])];
}

const names = (derived: readonly DerivedItem[]) =>
  derived.map(({ item }) => `${item.itemType} ${item.externalId}`);
const formOf = <Type extends 'provider' | 'routing_rule'>(derived: readonly DerivedItem[], type: Type) => {
  const each = derived.find(({ item }) => item.itemType === type);
  assert.ok(each);
  return each.item.normalized as NormalForms[Type];
};

describe('Providers and routing rules of Entra are derived', () => {
  it('from a federated domain and its configuration, and say from which pages', () => {
    const root = domain('a.example');
    const own = configuration('a.example', { nextSigningCertificate: 'MIIC' });
    const derived = derive([root], [own]);
    assert.deepEqual(names(derived), ['provider federation-of-a.example', 'routing_rule a.example']);
    const provider = formOf(derived, 'provider');
    assert.equal(provider.protocol, 'saml_2_0');
    assert.equal(provider.entity_id, 'https://idp.example/entity');
    assert.equal(provider.sso_url, 'https://idp.example/sso');
    assert.deepEqual(
      provider.certificates.map(({ role, x5c }) => [role, x5c]),
      [
        ['current', 'MIIB'],
        ['next', 'MIIC'],
      ],
    );
    const rule = formOf(derived, 'routing_rule');
    assert.deepEqual(rule.patterns, [{ match_type: 'SUFFIX', value: 'a.example' }]);
    assert.deepEqual(rule.references[0], {
      relation: 'provider',
      item_type: 'provider',
      external_id: 'federation-of-a.example',
    });
    const [domainPage] = root.evidence;
    assert.ok(domainPage);
    assert.deepEqual(
      derived.map(({ evidence }) => evidence.map(({ id, role }) => [id, role])),
      [
        [
          [own.evidence.id, 'federation'],
          [domainPage.id, 'domain'],
        ],
        [
          [domainPage.id, 'domain'],
          [own.evidence.id, 'federation'],
        ],
      ],
    );
  });

  it('with the protocol that is preferred; none and a new one are unknown, and the new one is marked', () => {
    const read = (preferredAuthenticationProtocol: unknown) => {
      const derived = derive(
        [domain('a.example')],
        [configuration('a.example', { preferredAuthenticationProtocol })],
      );
      const { protocol, unknown_values } = formOf(derived, 'provider');
      return [protocol, unknown_values.length];
    };
    assert.deepEqual(read('saml'), ['saml_2_0', 0]);
    assert.deepEqual(read('wsFed'), ['ws_federation', 0]);
    assert.deepEqual(read(null), ['unknown', 0]);
    assert.deepEqual(read('carrierPigeon'), ['unknown', 1]);
  });

  it('without evidence from a federated domain that has no configuration', () => {
    const derived = derive([domain('a.example')]);
    assert.deepEqual(names(derived), ['provider domain:a.example', 'routing_rule a.example']);
    const { protocol, entity_id, certificates } = formOf(derived, 'provider');
    assert.deepEqual([protocol, entity_id, certificates], ['unknown', null, []]);
  });

  it('for the root and the federated subdomains that inherit from it; a managed one is left out and named', () => {
    const derived = derive(
      [
        domain('a.example'),
        domain('x.a.example', { isRoot: false }),
        domain('y.a.example', { isRoot: false, authenticationType: 'Managed' }),
        domain('z.a.example', { isRoot: false, isVerified: false }),
        domain('own.a.example'),
        domain('x.own.a.example', { isRoot: false }),
        domain('aa.example', { isRoot: false, authenticationType: 'Managed' }),
      ],
      [configuration('a.example'), configuration('own.a.example')],
    );
    assert.deepEqual(names(derived), [
      'provider federation-of-a.example',
      'routing_rule a.example',
      'provider federation-of-own.a.example',
      'routing_rule own.a.example',
    ]);
    const rules = derived.filter(({ item }) => item.itemType === 'routing_rule');
    const [first, second] = rules.map(({ item }) => item.normalized as NormalForms['routing_rule']);
    const values = (rule: typeof first) => rule?.patterns.map(({ value }) => value);
    assert.deepEqual(values(first), ['a.example', 'x.a.example']);
    assert.deepEqual(first?.entra?.managed_subdomains, ['y.a.example']);
    assert.deepEqual(values(second), ['own.a.example', 'x.own.a.example']);
  });

  it('for a federated subdomain by itself when its root is not in the directory', () => {
    assert.deepEqual(names(derive([domain('x.a.example', { isRoot: false })])), [
      'provider domain:x.a.example',
      'routing_rule x.a.example',
    ]);
  });

  it('with no rule for a domain that is not verified, and nothing for a managed one', () => {
    assert.deepEqual(
      names(derive([domain('a.example', { isVerified: false })], [configuration('a.example')])),
      ['provider federation-of-a.example'],
    );
    assert.deepEqual(derive([domain('a.example', { authenticationType: 'Managed' })]), []);
  });

  it('with a provider of each, whatever ids the configurations have', () => {
    const same = { id: 'one-id' };
    const derived = derive(
      [domain('a.example'), domain('b.example')],
      [configuration('a.example', same), configuration('b.example', same)],
    );
    assert.deepEqual(names(derived), [
      'provider one-id',
      'routing_rule a.example',
      'provider domain:b.example',
      'routing_rule b.example',
    ]);
  });

  it('from a partner\u2019s federation: a provider for guests and no rule', () => {
    const partner = found(
      objects.partnerFederation({
        id: 'partner-1',
        displayName: null,
        issuerUri: 'https://partner.example',
        preferredAuthenticationProtocol: 'wsFed',
        domains: [{ id: 'partner.example' }, { id: 'partner.test' }],
      }),
    );
    const derived = derive([], [], [partner]);
    assert.deepEqual(names(derived), ['provider partner-1']);
    const { entra, references } = formOf(derived, 'provider');
    assert.deepEqual([entra?.of, entra?.domains], ['partner', ['partner.example', 'partner.test']]);
    assert.deepEqual(references, []);
    assert.equal(derived[0]?.item.name, 'partner.example');
    assert.deepEqual(derived[0].evidence, [{ ...partner.evidence, role: 'federation' }]);
  });
});
