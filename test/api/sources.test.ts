import assert from 'node:assert/strict';
import { secretBinding } from '../../domain/source.ts';
import { TenantId } from '../../domain/ids.ts';
import { openSecret } from '../../platform/sealing.ts';
import { sealedSecretOf } from '../../prisma/store/sources.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService, type Service } from '../support/service.ts';

const apiToken = '00Sentinel_token-that.must-never-be-shown';
const okta = {
  name: 'Head office',
  source_type: 'okta',
  connection_mode: 'api_token',
  config: { org_url: 'https://tarnhollow.okta.com' },
  secret: { api_token: apiToken },
};
const ids = {
  directory_id: '7d3e1f2a-0b4c-4d5e-8f60-718293a4b5c6',
  client_id: '0a1b2c3d-4e5f-4061-8273-8495a6b7c8d9',
};
const clientSecret = 'Sentinel~client.secret-that_must-never-be-shown';
const entra = {
  name: 'Directory',
  source_type: 'entra',
  connection_mode: 'client_credentials',
  config: ids,
  secret: { client_secret: clientSecret },
};
const wanted = { prefer: 'respond-async' };

describe('sources', () => {
  // What one allows for development: this host and port, and nothing else of this machine.
  const service = useService({ worker: false, sourceHosts: ['127.0.0.1:8443', 'id.tarnhollow.example'] });

  /** A workspace of a tenant of its own, and how to add sources to it. */
  async function prepare() {
    const as = service().forTenant();
    const made = await as.call('POST', '/workspaces', { body: { name: 'W', mode: 'first_run_adoption' } });
    const W = `/workspaces/${made.body.id}`;
    const add = (body: unknown) => as.call('POST', `${W}/sources`, { body });
    return { as, W, add };
  }

  const pointersOf = (answer: Answer) =>
    [...new Set(answer.body.errors.map((error: Body) => error.pointer as string))].sort();

  it('of Okta are configured, at the location that the answer names, and show no secret', async () => {
    const { as, W, add } = await prepare();
    const made = await add(okta);
    assert.equal(made.status, 201, made.text);
    const { id, created_at, workspace_id, ...rest } = made.body;
    assert.deepEqual(rest, {
      tenant_id: as.tenant,
      name: 'Head office',
      source_type: 'okta',
      connection_mode: 'api_token',
      config: { org_url: 'https://tarnhollow.okta.com' },
      status: 'configured',
      last_inventory_at: null,
      verification: null,
      created_by: 'dev',
      archived_at: null,
    });
    assert.equal(W, `/workspaces/${workspace_id}`);
    assert.ok(Date.parse(created_at) <= Date.now());
    assert.equal(made.headers.get('location'), `/api/v1/tenants/${as.tenant}/migrations${W}/sources/${id}`);
    assert.deepEqual((await as.call('GET', `${W}/sources/${id}`)).body, made.body);
  });

  it('of Entra are in the global cloud unless another is named', async () => {
    const { add } = await prepare();
    const made = await add(entra);
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(made.body.config, { ...ids, cloud: 'global' });
    const government = await add({ ...entra, name: 'Gov', config: { ...ids, cloud: 'us_gov' } });
    assert.equal(government.body.config.cloud, 'us_gov');
  });

  describe('are refused', () => {
    const wrong: Record<string, [body: unknown, pointers: string[]]> = {
      'without anything': [{}, ['/source_type']],
      'of a vendor nobody knows': [{ ...okta, source_type: 'ping' }, ['/source_type']],
      'of Okta by OAuth, which is not supported': [
        { ...okta, connection_mode: 'oauth' },
        ['/connection_mode'],
      ],
      'of Okta with Entra\u2019s configuration': [
        { ...okta, config: ids },
        ['/config/client_id', '/config/directory_id', '/config/org_url'],
      ],
      'of Okta with Entra\u2019s secret': [
        { ...okta, secret: entra.secret },
        ['/secret/api_token', '/secret/client_secret'],
      ],
      'of Entra with a directory that is no id': [
        { ...entra, config: { ...ids, directory_id: 'contoso.onmicrosoft.com' } },
        ['/config/directory_id'],
      ],
      'of Entra in a cloud that does not exist': [
        { ...entra, config: { ...ids, cloud: 'germany' } },
        ['/config/cloud'],
      ],
      'without a secret': [{ ...okta, secret: undefined }, ['/secret']],
      'with an empty secret': [{ ...okta, secret: { api_token: '' } }, ['/secret/api_token']],
      'with a secret of two lines': [{ ...okta, secret: { api_token: 'a\nb' } }, ['/secret/api_token']],
      'with a secret beyond ASCII': [{ ...okta, secret: { api_token: 'töken' } }, ['/secret/api_token']],
      'with a secret that is no text': [{ ...okta, secret: { api_token: 7 } }, ['/secret/api_token']],
      'with a secret of 4,097 characters': [
        { ...okta, secret: { api_token: 'x'.repeat(4_097) } },
        ['/secret/api_token'],
      ],
      'without a name': [{ ...okta, name: ' ' }, ['/name']],
      'with a status': [{ ...okta, status: 'archived' }, ['/status']],
    };
    for (const [what, [body, pointers]] of Object.entries(wrong)) {
      it(what, async () => {
        const { add } = await prepare();
        const answer = await add(body);
        assert.equal(answer.status, 422, answer.text);
        assert.deepEqual(pointersOf(answer), pointers);
      });
    }
  });

  describe('may only be where the vendor is', () => {
    const refused = [
      'http://tarnhollow.okta.com',
      'https://user@tarnhollow.okta.com',
      'https://user:word@tarnhollow.okta.com',
      'https://tarnhollow.okta.com@evil.example',
      'https://evil.example#.okta.com',
      'https://evil.example/.okta.com',
      'https://evil.example?.okta.com',
      'https://okta.com',
      'https://notokta.com',
      'https://tarnhollow.okta.com.evil.example',
      'https://tarnhollow.okta.com:8443',
      'https://tarnhollow.okta.com/api/v1',
      'https://tarnhollow-admin.okta.com',
      'https://10.0.0.1',
      'https://169.254.169.254',
      'https://127.0.0.1',
      'https://127.0.0.1:8444',
      'https://[::1]:8443',
      'https://[::ffff:127.0.0.1]:8443',
      'https://localhost:8443',
      'http://id.tarnhollow.example',
      'https://0x7f000001:8443.evil.example',
      'https://tarnhollow。okta。com.evil.example',
      'file:///etc/passwd',
      'gopher://tarnhollow.okta.com',
      'javascript:alert(1)',
      '//tarnhollow.okta.com',
      'tarnhollow.okta.com',
      'tarnhollow',
      '',
      `https://${'a'.repeat(300)}.okta.com`,
    ];
    for (const org_url of refused) {
      it(`and not at ${org_url.slice(0, 60) || 'an empty address'}`, async () => {
        const { as, W, add } = await prepare();
        const answer = await add({ ...okta, config: { org_url } });
        assert.equal(answer.status, 422, answer.text);
        assert.deepEqual(pointersOf(answer), ['/config/org_url']);
        assert.deepEqual((await as.call('GET', `${W}/sources`)).body.data, []);
      });
    }

    const allowed: Record<string, string> = {
      'https://tarnhollow.okta.com/': 'https://tarnhollow.okta.com',
      'https://TARNHOLLOW.Okta.com': 'https://tarnhollow.okta.com',
      'https://tarnhollow.okta.com:443': 'https://tarnhollow.okta.com',
      'https://tarnhollow.oktapreview.com': 'https://tarnhollow.oktapreview.com',
      'https://tarnhollow.okta-emea.com': 'https://tarnhollow.okta-emea.com',
      // What SOURCE_HOST_ALLOWLIST adds.
      'http://127.0.0.1:8443': 'http://127.0.0.1:8443',
      'http://0x7f000001:8443': 'http://127.0.0.1:8443',
      'https://id.tarnhollow.example': 'https://id.tarnhollow.example',
    };
    for (const [given, kept] of Object.entries(allowed)) {
      it(`which ${given} is, kept as ${kept}`, async () => {
        const { add } = await prepare();
        const made = await add({ ...okta, config: { org_url: given } });
        assert.equal(made.status, 201, made.text);
        assert.deepEqual(made.body.config, { org_url: kept });
      });
    }
  });

  describe('have names of their own', () => {
    const taken = ['Head office', 'HEAD OFFICE', '  head office '];
    for (const name of taken) {
      it(`so that \u201c${name}\u201d is taken where there is a \u201cHead office\u201d`, async () => {
        const { add } = await prepare();
        await add(okta);
        const second = await add({ ...entra, name });
        assert.deepEqual([second.status, second.body.code], [409, 'source_name_taken']);
      });
    }

    it('in letters of other alphabets as well', async () => {
      const { add } = await prepare();
      await add({ ...okta, name: 'Überland Ωmega' });
      const second = await add({ ...okta, name: 'üBERLAND ωMEGA' });
      assert.deepEqual([second.status, second.body.code], [409, 'source_name_taken']);
    });

    it('which archived ones keep', async () => {
      const { as, W, add } = await prepare();
      const first = await add(okta);
      await as.call('POST', `${W}/sources/${first.body.id}/archive`);
      const second = await add({ ...okta, name: 'head OFFICE' });
      assert.deepEqual([second.status, second.body.code], [409, 'source_name_taken']);
    });

    it('also when six of one name are added at once', async () => {
      const { as, W, add } = await prepare();
      const names = ['Twin', 'twin', 'TWIN', 'Twin', 'tWIN', 'twiN'];
      const answers = await Promise.all(names.map((name) => add({ ...okta, name })));
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 409, 409, 409, 409, 409]);
      assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'source_name_taken'));
      assert.equal((await as.call('GET', `${W}/sources`)).body.data.length, 1);
    });

    it('which another workspace may use again', async () => {
      const { as, W, add } = await prepare();
      await add(okta);
      await as.call('POST', `${W}/archive`);
      const body = { name: 'Next', mode: 'first_run_adoption' };
      const next = await as.call('POST', '/workspaces', { body });
      const made = await as.call('POST', `/workspaces/${next.body.id}/sources`, { body: okta });
      assert.equal(made.status, 201, made.text);
    });
  });

  describe('keep their secret', () => {
    const sealedOf = async (as: Service, id: string) =>
      sealedSecretOf(service().database, TenantId.parse(as.tenant), id);

    it('sealed to the source: whoever has the keys opens it, and nothing else of it is stored', async () => {
      const { as, add } = await prepare();
      const made = await add(okta);
      const found = await sealedOf(as, made.body.id);
      assert.ok(found && !found.sealed.includes(apiToken));
      const opened = await openSecret(service().keyRing, secretBinding(found.source), found.sealed);
      assert.deepEqual(opened, { api_token: apiToken });
    });

    it('until another replaces it, which the answer does not show either', async () => {
      const { as, W, add } = await prepare();
      const made = await add(entra);
      const S = `${W}/sources/${made.body.id}`;
      const before = await sealedOf(as, made.body.id);
      const replaced = await as.call('PUT', `${S}/secret`, {
        body: { secret: { client_secret: 'Next~secret' } },
      });
      assert.equal(replaced.status, 200, replaced.text);
      assert.deepEqual(replaced.body, made.body);
      const after = await sealedOf(as, made.body.id);
      assert.ok(before && after && before.sealed !== after.sealed);
      const opened = await openSecret(service().keyRing, secretBinding(after.source), after.sealed);
      assert.deepEqual(opened, { client_secret: 'Next~secret' });
    });

    it('when the replacement is of the wrong kind', async () => {
      const { as, W, add } = await prepare();
      const S = `${W}/sources/${(await add(okta)).body.id}`;
      const wrong: [body: unknown, pointers: string[]][] = [
        [{}, ['/secret']],
        [{ secret: 'text' }, ['/secret']],
        [{ secret: {} }, ['/secret/api_token']],
        [{ secret: { client_secret: 'x' } }, ['/secret/api_token', '/secret/client_secret']],
        [{ secret: { api_token: 'two words' } }, ['/secret/api_token']],
        [{ secret: { api_token: 'x', more: 1 } }, ['/secret/more']],
        [{ secret: { api_token: 'x' }, config: {} }, ['/config']],
      ];
      const sealed = (await sealedOf(as, S.split('/').at(-1) ?? ''))?.sealed;
      for (const [body, pointers] of wrong) {
        const answer = await as.call('PUT', `${S}/secret`, { body });
        assert.deepEqual([answer.status, pointersOf(answer)], [422, pointers], JSON.stringify(body));
      }
      assert.equal((await sealedOf(as, S.split('/').at(-1) ?? ''))?.sealed, sealed);
    });

    it('until they are archived; then it is gone', async () => {
      const { as, W, add } = await prepare();
      const made = await add(okta);
      await as.call('POST', `${W}/sources/${made.body.id}/archive`);
      const row = await service().database.source.findUniqueOrThrow({ where: { id: made.body.id } });
      assert.equal(row.sealedSecret, null);
      const answer = await as.call('PUT', `${W}/sources/${made.body.id}/secret`, {
        body: { secret: okta.secret },
      });
      assert.deepEqual([answer.status, answer.body.code], [409, 'source_archived']);
    });

    it('out of every answer, refusals and audit records included', async () => {
      const { as, W, add } = await prepare();
      const answers = [await add(okta), await add(entra), await add(okta), await add({ ...okta, extra: 1 })];
      const S = `${W}/sources/${answers[0]?.body.id}`;
      const secret = { secret: { api_token: `${apiToken} ` } };
      answers.push(await as.call('PUT', `${S}/secret`, { body: secret }));
      answers.push(await as.call('PUT', `${S}/secret`, { body: { secret: { [clientSecret]: apiToken } } }));
      answers.push(await as.call('PUT', `${S}/secret`, { body: { secret: okta.secret } }));
      answers.push(await as.call('POST', `${W}/sources`, { body: `{"secret": "${apiToken}", "` }));
      answers.push(await add({ ...okta, secret: { api_token: { [apiToken]: 1 } } }));
      answers.push(await add({ ...okta, secret: apiToken }));
      for (const path of ['/workspaces', W, `${W}/sources`, S, '/audit-records']) {
        answers.push(await as.call('GET', path));
      }
      answers.push(await as.call('POST', `${S}/archive`));
      for (const { text } of answers) assert.ok(!text.includes(apiToken), text);
      // A member's name is told back, its value never.
      for (const { text } of answers.filter(({ status }) => status < 400))
        assert.ok(!text.includes(clientSecret));
    });
  });

  it('are archived for good, and what is archived starts nothing', async () => {
    const { as, W, add } = await prepare();
    const made = await add(okta);
    const S = `${W}/sources/${made.body.id}`;
    const archived = await as.call('POST', `${S}/archive`);
    assert.equal(archived.status, 200, archived.text);
    const { archived_at, ...rest } = archived.body;
    assert.ok(Date.parse(archived_at) >= Date.parse(made.body.created_at));
    const { archived_at: _never, ...before } = made.body;
    assert.deepEqual(rest, { ...before, status: 'archived' });
    for (const path of [`${S}/archive`, `${S}/snapshots`]) {
      const answer = await as.call('POST', path, { headers: wanted });
      assert.deepEqual([answer.status, answer.body.code], [409, 'source_archived'], path);
    }
    assert.deepEqual((await as.call('GET', S)).body, archived.body);
    assert.deepEqual((await as.call('GET', `${W}/sources`)).body.data, [archived.body]);
  });

  it('are listed newest first', async () => {
    const { as, W, add } = await prepare();
    const made = [];
    for (const name of ['First', 'Second', 'Third']) made.unshift((await add({ ...okta, name })).body);
    assert.deepEqual((await as.call('GET', `${W}/sources`)).body, { data: made, next_cursor: null });
  });

  it('leave records of their creation, their secrets\u2019 replacement and their end', async () => {
    const { as, W, add } = await prepare();
    const made = await add(okta);
    const S = `${W}/sources/${made.body.id}`;
    await as.call('PUT', `${S}/secret`, { body: { secret: okta.secret } });
    await as.call('POST', `${S}/archive`);
    const records: Body[] = (await as.call('GET', '/audit-records')).body.data;
    const targets = { workspace_id: made.body.workspace_id, source_id: made.body.id };
    assert.deepEqual(
      records.slice(0, 3).map((record) => [record.action, record.targets, record.facts]),
      [
        ['migration.source.archived', targets, { name: 'Head office' }],
        ['migration.source.secret_rotated', targets, {}],
        [
          'migration.source.created',
          targets,
          {
            name: 'Head office',
            source_type: 'okta',
            connection_mode: 'api_token',
            config: { org_url: 'https://tarnhollow.okta.com' },
          },
        ],
      ],
    );
  });
});
