import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { OidcClient, SamlApplication } from '../../../domain/inventory/application.ts';
import * as entra from '../../../domain/inventory/entra.ts';
import { itemTypes } from '../../../domain/inventory/itemTypes.ts';
import { formSchemas } from '../../support/normalForms.ts';

const text = readFileSync(new URL('../../../docs/inventory.md', import.meta.url), 'utf8');

/** What stands under a heading, up to the next of its level. */
const section = (heading: string): string => text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

const missing = (shape: z.ZodType, where: string): string[] => {
  assert.ok(shape instanceof z.ZodObject);
  return Object.keys(shape.shape).filter((name) => !where.includes(`\`${name}\``));
};

describe('The documentation of the inventory', () => {
  for (const itemType of itemTypes) {
    it(`names every field of the normal form of ${itemType}`, () => {
      const where = section(itemType) + section('Every item');
      assert.ok(section(itemType) !== '', `no heading ${itemType}`);
      assert.deepEqual(missing(formSchemas[itemType], where), []);
    });
  }

  it('names every field of what only Entra has', () => {
    const shapes: [string, z.ZodType][] = [
      ['application', entra.EntraRegistration],
      ['application', entra.EntraServicePrincipal],
      ['group', entra.EntraGroup],
      ['domain', entra.EntraDomain],
      ['policy', entra.EntraPolicy],
      ['provider', entra.EntraFederation],
      ['routing_rule', entra.EntraRouting],
    ];
    for (const [heading, shape] of shapes) {
      // The kind stands there with its value.
      const where = section(heading).replaceAll('`kind: ', '`kind` `');
      assert.deepEqual(missing(shape, where), [], heading);
    }
  });

  it('names every field of clients and of SAML applications', () => {
    for (const shape of [OidcClient, SamlApplication])
      assert.deepEqual(missing(shape, section('application')), []);
  });
});
