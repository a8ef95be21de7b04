import assert from 'node:assert/strict';
import { guardOf, type GuardKind } from '../../../../domain/rules/okta/facts/guard.ts';
import { dependenciesOf } from '../../../../domain/rules/subject.ts';
import type { Body } from '../../../support/answer.ts';
import { cleanGuardRule, guardForm } from './support.ts';

function rule(change: (raw: Body) => void): Body {
  const raw = cleanGuardRule();
  change(raw);
  return raw;
}

const conditions = (members: Body) => rule((raw) => Object.assign(raw.conditions, members));
const method = (members: Body) =>
  rule((raw) => Object.assign(raw.actions.appSignOn.verificationMethod, members));
const access = (word: unknown) => rule((raw) => (raw.actions.appSignOn.access = word));

describe('what guards an application', () => {
  const table: [string, Body[], GuardKind][] = [
    ['a second factor of everybody', [cleanGuardRule()], 'plain'],
    ['a password of everybody', [method({ factorMode: '1FA' })], 'plain'],
    ['a rule without conditions', [rule((raw) => (raw.conditions = null))], 'plain'],
    ['a rule that is off', [cleanGuardRule(), { ...access('DENY'), status: 'INACTIVE' }], 'plain'],
    [
      'any platform',
      [conditions({ platform: { include: [{ type: 'ANY', os: { type: 'ANY', expression: '' } }] } })],
      'plain',
    ],
    ['an empty expression', [conditions({ elCondition: { condition: '' } })], 'plain'],
    ['a condition of nothing', [conditions({ device: null, clientCertificate: {} })], 'plain'],

    ['a denial', [cleanGuardRule(), access('DENY')], 'denies'],
    ['a denial by the system', [{ ...access('DENY'), system: true }], 'denies'],
    [
      'a denial in a rule that does not say whether it is on',
      [{ ...access('DENY'), status: undefined }],
      'denies',
    ],

    [
      'a method constraint',
      [method({ constraints: [{ possession: { deviceBound: 'REQUIRED' } }] })],
      'conditional',
    ],
    ['a constraint that is nothing', [method({ constraints: [null] })], 'plain'],
    ['a constraint that is a word', [method({ constraints: ['new'] })], 'conditional'],
    ['a chain of methods', [method({ type: 'AUTH_METHOD_CHAIN' })], 'conditional'],
    ['a proof of identity', [method({ type: 'ID_PROOFING' })], 'conditional'],
    ['a way to let in that is not known', [access('ALLOW_LATER')], 'conditional'],
    ['a rule that does not say whether it lets in', [access(undefined)], 'conditional'],
    ['an expression', [conditions({ elCondition: { condition: 'user.status == "ACTIVE"' } })], 'conditional'],
    ['a network zone', [conditions({ network: { connection: 'ZONE', include: ['nzo1'] } })], 'conditional'],
    ['a zone that is named without a word', [conditions({ network: { include: ['nzo1'] } })], 'conditional'],
    ['a risk', [conditions({ riskScore: { level: 'HIGH' } })], 'conditional'],
    ['a risk as older orgs say it', [conditions({ risk: { level: 'HIGH' } })], 'conditional'],
    ['a behaviour', [conditions({ risk: { behaviors: ['new device'] } })], 'conditional'],
    [
      'a platform',
      [conditions({ platform: { include: [{ type: 'MOBILE', os: { type: 'ANY' } }] } })],
      'conditional',
    ],
    [
      'an operating system',
      [conditions({ platform: { include: [{ type: 'ANY', os: { type: 'IOS' } }] } })],
      'conditional',
    ],
    ['a platform left out', [conditions({ platform: { exclude: [{ type: 'MOBILE' }] } })], 'conditional'],
    ['a device', [conditions({ device: { registered: true } })], 'conditional'],
    ['a person', [conditions({ people: { users: { include: ['00u1'] } } })], 'conditional'],
    ['a person left out', [conditions({ people: { users: { exclude: ['00u1'] } } })], 'conditional'],
    ['a group', [conditions({ people: { groups: { include: ['00g1'] } } })], 'conditional'],
    ['a user type', [conditions({ userType: { include: ['oty1'] } })], 'conditional'],
    ['a condition that is not known', [conditions({ moonPhase: { include: ['FULL'] } })], 'conditional'],
    ['people in another shape', [conditions({ people: ['00u1'] })], 'conditional'],
    ['a number where a word was', [conditions({ riskScore: { level: 3 } })], 'conditional'],
    [
      'one conditional rule among plain ones',
      [cleanGuardRule(), conditions({ device: { managed: true } })],
      'conditional',
    ],

    ['conditions that cannot be read', [rule((raw) => (raw.conditions = 'all'))], 'unreadable'],
    ['actions that cannot be read', [rule((raw) => (raw.actions = []))], 'unreadable'],
    [
      'a denial beside a rule that cannot be read',
      [access('DENY'), rule((raw) => (raw.conditions = 7))],
      'denies',
    ],
    ['no rule at all', [], 'unreadable'],
  ];
  for (const [told, rules, expected] of table) {
    it(`is ${expected} for ${told}`, () => assert.equal(guardOf([guardForm(rules)]), expected));
  }

  it('is nothing where the application names no policy', () => assert.equal(guardOf([]), 'none'));

  it('cannot be read when a policy or its rules were not', () => {
    assert.equal(guardOf([null]), 'unreadable');
    assert.equal(guardOf([guardForm([cleanGuardRule()]), null]), 'unreadable');
    assert.equal(guardOf([{ ...guardForm([]), rules: null }]), 'unreadable');
  });
});

describe('what an item depends on', () => {
  it('is resolved when the snapshot holds it', () => {
    const relations = [
      { relation: 'application', toExternalId: '0oa1', toItemId: 'i1' },
      { relation: 'user', toExternalId: '00u1', toItemId: null },
    ];
    assert.deepEqual(dependenciesOf(relations), [
      { item_id: 'i1', relation: 'application', external_id: '0oa1', resolved: true },
      { item_id: null, relation: 'user', external_id: '00u1', resolved: false },
    ]);
  });
});
