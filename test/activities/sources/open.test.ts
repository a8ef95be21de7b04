import assert from 'node:assert/strict';
import { readersOn } from '../../../activities/sources/open.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Source } from '../../../prisma/store/sources.ts';

const open = readersOn({ allowlist: { allows: () => false } });

describe('The reader of a source', () => {
  it('is that of Okta for an Okta org with a token', async () => {
    const source = { sourceType: 'okta', config: { org_url: 'https://acme.okta.com' } } as Source;
    const reader = open(source, { api_token: '00abc' });
    assert.ok(reader.collections.some(({ name }) => name === 'applications'));
    await reader.close();
  });

  it('is refused for what cannot be read yet, and for a credential of another kind', () => {
    const refused = (error: unknown) => error instanceof DomainError && error.code === 'source_unusable';
    const directory = '01900000-0000-7000-8000-000000000001';
    const entra = {
      sourceType: 'entra',
      config: { directory_id: directory, client_id: directory, cloud: 'global' },
    } as Source;
    assert.throws(() => open(entra, { client_secret: 's' }), refused);
    const okta = { sourceType: 'okta', config: { org_url: 'https://acme.okta.com' } } as Source;
    assert.throws(() => open(okta, { client_secret: 's' }), refused);
  });
});
