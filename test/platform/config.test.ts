import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, readApiConfig, readWorkerConfig } from '../../platform/config.ts';

const key = Buffer.alloc(32, 7).toString('base64url');
const other = Buffer.alloc(32, 8).toString('base64url');

const worker = {
  DATABASE_URL: 'postgresql://idm:hunter2@db.example/idm',
  SECRETS_KEYS: JSON.stringify({ k2: key, k1: other }),
};
const api = {
  ...worker,
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'identity-migration',
  AUTH_JWKS_URI: 'https://issuer.example/jwks',
};

type Environment = Record<string, string | undefined>;

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    for (const fault of error.faults) assert.ok(error.message.includes(fault));
    return error.faults;
  }
  return [];
}
const apiFaults = (env: Environment) => faultsOf(() => readApiConfig({ ...api, ...env }));
const workerFaults = (env: Environment) => faultsOf(() => readWorkerConfig({ ...worker, ...env }));

describe('the configuration', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'identity-migration-config-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('of the API has defaults for what need not be said', () => {
    const { keyRing, sourceHosts, ...config } = readApiConfig(api);
    assert.deepEqual(config, {
      databaseUrl: worker.DATABASE_URL,
      temporalUiUrl: null,
      logLevel: 'info',
      port: 8080,
      host: '127.0.0.1',
      publicUrl: null,
      auth: {
        issuer: 'https://issuer.example',
        audience: 'identity-migration',
        jwksUri: 'https://issuer.example/jwks',
        tokenType: 'at+jwt',
      },
      operatorTenants: new Set(),
      syncWaitSeconds: 25,
      previewTtlMinutes: 60,
      maxSnapshotAgeHours: 168,
      runtimeBaseUrl: null,
      devIssuerKeys: null,
    });
    assert.deepEqual([...keyRing.keys.keys()], ['k2', 'k1']);
    assert.equal(sourceHosts.allows(new URL('https://x.example')), false);
  });

  it('is read as it is said', () => {
    const config = readApiConfig({
      ...api,
      PORT: '0',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://idm.example/',
      TEMPORAL_UI_URL: 'http://127.0.0.1:8233/',
      LOG_LEVEL: 'debug',
      SOURCE_HOST_ALLOWLIST: ' okta.acme.example , 127.0.0.1:9000,, ',
      OPERATOR_TENANT_IDS: '018F0000-0000-7000-8000-00000000000A',
      SYNC_WAIT_SECONDS: '0',
      PREVIEW_TTL_MINUTES: '5',
      MAX_SNAPSHOT_AGE_HOURS: '24',
      AUTH_TOKEN_TYPE: 'JWT',
    });
    assert.deepEqual(
      [config.port, config.host, config.publicUrl, config.temporalUiUrl, config.logLevel],
      [0, '0.0.0.0', 'https://idm.example', 'http://127.0.0.1:8233', 'debug'],
    );
    assert.deepEqual([...config.operatorTenants], ['018f0000-0000-7000-8000-00000000000a']);
    assert.deepEqual(
      [config.syncWaitSeconds, config.previewTtlMinutes, config.maxSnapshotAgeHours, config.auth.tokenType],
      [0, 5, 24, 'JWT'],
    );
    assert.ok(config.sourceHosts.allows(new URL('https://okta.acme.example')));
    assert.ok(config.sourceHosts.allows(new URL('http://127.0.0.1:9000')));
  });

  it('tells all faults at once, each once, with the variable’s name', () => {
    const faults = apiFaults({
      DATABASE_URL: 'mysql://db.example',
      TEMPORAL_ADDRESS: 'temporal',
      LOG_LEVEL: 'loud',
      PORT: '99999',
      HOST: '0.0.0.0',
      DEV_ISSUER_KEYS: '/keys.json',
      AUTH_ISSUER: undefined,
      AUTH_AUDIENCE: undefined,
      AUTH_JWKS_URI: 'issuer.example/jwks',
      OPERATOR_TENANT_IDS: 'acme,contoso',
      SYNC_WAIT_SECONDS: '-1',
      PREVIEW_TTL_MINUTES: '1.5',
      MAX_SNAPSHOT_AGE_HOURS: 'week',
      SECRETS_KEYS: '{}',
    });
    assert.deepEqual(faults.map((fault) => fault.split(' ')[0]).sort(), [
      'AUTH_AUDIENCE',
      'AUTH_ISSUER',
      'AUTH_JWKS_URI',
      'DATABASE_URL',
      'HOST',
      'LOG_LEVEL',
      'MAX_SNAPSHOT_AGE_HOURS',
      'OPERATOR_TENANT_IDS',
      'PORT',
      'PREVIEW_TTL_MINUTES',
      'SECRETS_KEYS',
      'SYNC_WAIT_SECONDS',
      'TEMPORAL_ADDRESS',
    ]);
    assert.ok(faults.includes('AUTH_ISSUER is not set.'));
    assert.ok(faults.includes('PORT must be a whole number from 0 to 65535.'));
    for (const fault of faults) assert.match(fault, /\.$/);
  });

  it('of the worker tells all faults at once, the files that cannot be read among them', () => {
    const faults = workerFaults({
      DATABASE_URL: undefined,
      SECRETS_KEYS: undefined,
      SECRETS_KEYS_FILE: join(folder, 'absent.json'),
      SOURCE_CA_FILE: join(folder, 'absent.pem'),
    });
    assert.deepEqual([...faults].sort(), [
      'DATABASE_URL is not set.',
      'SECRETS_KEYS_FILE names a file that cannot be read.',
      'SOURCE_CA_FILE names a file that cannot be read.',
    ]);
  });

  it('of the worker says where the target is reached, without a slash at its end', () => {
    const read = (RUNTIME_BASE_URL?: string) =>
      readWorkerConfig({ ...worker, RUNTIME_BASE_URL }).runtimeBaseUrl;
    assert.equal(read(), null);
    assert.equal(read('https://login.example'), 'https://login.example');
    assert.equal(read('https://login.example/idm//'), 'https://login.example/idm');
    for (const wrong of [
      'ftp://login.example',
      'https://login.example/?a=b',
      'https://a@login.example',
      'login',
    ])
      assert.match(workerFaults({ RUNTIME_BASE_URL: wrong }).join(), /^RUNTIME_BASE_URL must be /, wrong);
  });

  it('takes a variable that is empty as one that is not set', () => {
    const empty = {
      PORT: '',
      HOST: '',
      LOG_LEVEL: '',
      DEV_ISSUER_KEYS: '',
      OPERATOR_TENANT_IDS: '',
      PUBLIC_URL: '',
    };
    assert.deepEqual(apiFaults(empty), []);
    assert.equal(readApiConfig({ ...api, ...empty }).port, 8080);
    assert.deepEqual(apiFaults({ DATABASE_URL: '' }), ['DATABASE_URL is not set.']);
    assert.deepEqual(apiFaults({ SECRETS_KEYS: '' }), ['SECRETS_KEYS or SECRETS_KEYS_FILE must be set.']);
    assert.equal(
      readWorkerConfig({ ...worker, SOURCE_CA_FILE: '', WORKFLOW_BUNDLE: '' }).workflowBundle,
      null,
    );
  });

  it('never tells a value that may be secret', () => {
    const secrets = ['hunter2', key, 's3cr3t'];
    const wrong: Environment[] = [
      { DATABASE_URL: 'mysql://idm:hunter2@db.example' },
      { DATABASE_URL: 'postgresql//idm:hunter2@db.example' },
      { SECRETS_KEYS: `{"k1":"${key}s3cr3t"}` },
      { SECRETS_KEYS: `{"k1":"${key}"` },
      { SECRETS_KEYS: `["${key}"]` },
      { SECRETS_KEYS: undefined, SECRETS_KEYS_FILE: file('broken.json', `{"k1": "s3cr3t"`) },
      { AUTH_JWKS_URI: 's3cr3t://x' },
      { OPERATOR_TENANT_IDS: 's3cr3t' },
    ];
    for (const env of wrong) {
      const faults = apiFaults(env);
      assert.equal(faults.length, 1, faults.join('\n'));
      for (const secret of secrets) assert.ok(!faults.join().includes(secret), faults.join('\n'));
    }
  });

  describe('of the key ring', () => {
    for (const [why, text] of [
      ['is no JSON', 'k1=abc'],
      ['is no object', `["${key}"]`],
      ['is empty', '{}'],
      ['has a key of 128 bits', JSON.stringify({ k1: Buffer.alloc(16).toString('base64url') })],
      ['has a key of 264 bits', JSON.stringify({ k1: Buffer.alloc(33).toString('base64url') })],
      ['has one bad key among good ones', JSON.stringify({ k1: key, k2: 'short' })],
      ['has a key in plain base64', JSON.stringify({ k1: Buffer.alloc(32, 255).toString('base64') })],
      ['has a key that is no text', JSON.stringify({ k1: 7 })],
      ['has a key without an id', JSON.stringify({ '': key })],
    ] as const) {
      it(`is refused when it ${why}`, () => {
        assert.equal(workerFaults({ SECRETS_KEYS: text }).length, 1);
        const path = file('ring.json', text);
        assert.match(
          workerFaults({ SECRETS_KEYS: '', SECRETS_KEYS_FILE: path })[0] ?? '',
          /^SECRETS_KEYS_FILE /,
        );
      });
    }

    it('keeps the order of the keys, because the first one seals', () => {
      const { keyRing } = readWorkerConfig({ ...worker, SECRETS_KEYS_FILE: '' });
      assert.deepEqual([...keyRing.keys.keys()], ['k2', 'k1']);
      const path = file('good.json', `${JSON.stringify({ b: key, a: other })}\n`);
      const fromFile = readWorkerConfig({ ...worker, SECRETS_KEYS: '', SECRETS_KEYS_FILE: path });
      assert.deepEqual([...fromFile.keyRing.keys.keys()], ['b', 'a']);
    });
  });

  it('lets the development issuer be on for this machine alone', () => {
    for (const HOST of ['127.0.0.1', 'localhost', '127.0.0.2', '::1']) {
      assert.deepEqual(apiFaults({ HOST, DEV_ISSUER_KEYS: '/keys.json' }), [], HOST);
    }
    for (const HOST of ['0.0.0.0', '::', '10.0.0.5', 'idm.example', 'localhost.example']) {
      assert.match(
        apiFaults({ HOST, DEV_ISSUER_KEYS: '/keys.json' })[0] ?? '',
        /^HOST must be a loopback address/,
      );
      assert.deepEqual(apiFaults({ HOST }), [], HOST);
    }
  });

  it('uses half of the vendors\u2019 limits unless it is told another share of them', () => {
    const share = (SOURCE_RATE_SHARE: string) =>
      readWorkerConfig({ ...worker, SOURCE_RATE_SHARE }).sourceRateShare;
    assert.equal(readWorkerConfig(worker).sourceRateShare, 0.5);
    assert.deepEqual(['', '0.25', '.9', '1', '1.0'].map(share), [0.5, 0.25, 0.9, 1, 1]);
    for (const wrong of ['0', '0.0', '1.5', '-0.5', '50', 'half', '0,5']) {
      assert.deepEqual(workerFaults({ SOURCE_RATE_SHARE: wrong }), [
        'SOURCE_RATE_SHARE must be a number above 0 and at most 1, such as 0.5.',
      ]);
    }
  });

  it('reads the certificate authorities of sources from their file', () => {
    const path = file('ca.pem', 'PEM');
    assert.equal(readWorkerConfig({ ...worker, SOURCE_CA_FILE: path }).sourceCa, 'PEM');
    assert.equal(readWorkerConfig(worker).sourceCa, undefined);
  });

  it('takes other addresses for the global cloud of Entra: origins over TLS', () => {
    const urls = { ENTRA_LOGIN_URL: 'https://127.0.0.1:9443/', ENTRA_GRAPH_URL: 'https://Graph.example:443' };
    assert.deepEqual(readWorkerConfig({ ...worker, ...urls }).entraCloud, {
      login: 'https://127.0.0.1:9443',
      graph: 'https://graph.example',
    });
    assert.deepEqual(readWorkerConfig(worker).entraCloud, { login: undefined, graph: undefined });
    for (const wrong of ['http://127.0.0.1:9443', 'graph.example', 'nonsense', 'https://']) {
      assert.deepEqual(workerFaults({ ENTRA_GRAPH_URL: wrong }), [
        'ENTRA_GRAPH_URL must be a URL that begins with https://.',
      ]);
    }
    for (const wrong of [
      'https://graph.example/v1.0',
      'https://graph.example?a=b',
      'https://u:p@graph.example',
    ]) {
      assert.deepEqual(workerFaults({ ENTRA_LOGIN_URL: wrong }), [
        'ENTRA_LOGIN_URL must be an address without path or query.',
      ]);
    }
  });
});
