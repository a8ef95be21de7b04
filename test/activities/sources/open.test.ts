import assert from 'node:assert/strict';
import { readersOn } from '../../../activities/sources/open.ts';
import type { Pacer } from '../../../activities/sources/pace/pacer.ts';
import { SourceFailure } from '../../../activities/sources/failure.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Source } from '../../../prisma/store/sources.ts';
import { closing, listenRaw } from '../../support/sockets.ts';

const unhurried: Pacer = { paced: (transport) => transport };
const open = readersOn({ allowlist: { allows: () => false } }, unhurried);

describe('The reader of a source', () => {
  it('is that of Okta for an Okta org with a token', async () => {
    const source = { sourceType: 'okta', config: { org_url: 'https://acme.okta.com' } } as Source;
    const reader = open(source, { api_token: '00abc' });
    assert.ok(reader.collections.some(({ name }) => name === 'applications'));
    await reader.close();
  });

  const directory = '01900000-0000-7000-8000-000000000001';
  const entra = {
    sourceType: 'entra',
    config: { directory_id: directory, client_id: directory, cloud: 'global' },
  } as Source;

  it('is that of Entra for a directory with a client secret', async () => {
    const reader = open(entra, { client_secret: 's' });
    assert.ok(reader.collections.some(({ name }) => name === 'service_principals'));
    await reader.close();
  });

  it('reaches a private address of Entra when that was set for the global cloud', () =>
    closing(
      listenRaw((socket) => socket.resetAndDestroy()),
      async (listener) => {
        const url = `https://localhost:${listener.port}`;
        const network = { allowlist: { allows: () => false }, globalCloud: { login: url, graph: url } };
        const reader = readersOn(network, unhurried)(entra, { client_secret: 's' });
        await assert.rejects(reader.fetchPage('/v1.0/groups', new AbortController().signal), SourceFailure);
        assert.equal(listener.connections(), 1);
        await reader.close();
      },
    ));

  it('is refused for a credential of another kind than the source', () => {
    const refused = (error: unknown) => error instanceof DomainError && error.code === 'source_unusable';
    assert.throws(() => open(entra, { api_token: '00abc' }), refused);
    const okta = { sourceType: 'okta', config: { org_url: 'https://acme.okta.com' } } as Source;
    assert.throws(() => open(okta, { client_secret: 's' }), refused);
  });
});
