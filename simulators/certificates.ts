// Certificates for servers on the loopback interface. `node:crypto` makes keys and signatures but issues no
// certificates, and not every machine has an `openssl` to ask: this writes the little DER that they consist of.
// Source: RFC 5280 (fields and extensions), RFC 5758 3.2 (the signature algorithm), ITU-T X.690 (the encoding)
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** What a TLS server needs, both as PEM. */
export interface ServerIdentity {
  key: string;
  cert: string;
}

/** A certificate authority that lives as long as the process. */
export interface Authority {
  /** Its certificate, as PEM: what a client must trust. */
  readonly ca: string;
  /** Issues a certificate for a server that is reached by these host names and IPv4 addresses. */
  issue(hosts: readonly string[]): ServerIdentity;
  /** Vouches for a key of somebody's for a time, as PEM. */
  vouch(subject: string, key: KeyObject, lifetime: Lifetime): string;
}

export interface Lifetime {
  from: Date;
  until: Date;
}

interface Certificate {
  subject: string;
  issuer: string;
  subjectKey: KeyObject;
  extensions: Buffer[];
  lifetime?: Lifetime;
}

const DAY_MS = 86_400_000;
/** More than a machine runs, less than what strict clients refuse (398 days). */
const LIFETIME_DAYS = 390;

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/** Makes a certificate authority with a key of its own. */
export function createAuthority(): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = `Simulator CA ${randomBytes(4).toString('hex')}`;
  const keyIdentifier = identifierOf(publicKey);
  const ca = certify(
    {
      subject: issuer,
      issuer,
      subjectKey: publicKey,
      extensions: [
        extension(OID.basicConstraints, sequence(boolean(true)), true),
        // keyCertSign and cRLSign
        extension(OID.keyUsage, bits(0x06, 1), true),
        extension(OID.subjectKeyIdentifier, octets(keyIdentifier)),
      ],
    },
    privateKey,
  );
  return {
    ca,
    issue(hosts) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const extensions = [
        extension(OID.basicConstraints, sequence(), true),
        // digitalSignature
        extension(OID.keyUsage, bits(0x80, 7), true),
        extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
        extension(OID.subjectAltName, sequence(...hosts.map(alternativeName))),
        extension(OID.subjectKeyIdentifier, octets(identifierOf(own.publicKey))),
        extension(OID.authorityKeyIdentifier, sequence(tagged(0x80, keyIdentifier))),
      ];
      const subject = hosts[0] ?? 'nobody';
      const cert = certify({ subject, issuer, subjectKey: own.publicKey, extensions }, privateKey);
      return { key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
    },
    vouch(subject, key, lifetime) {
      const extensions = [extension(OID.basicConstraints, sequence(), true)];
      return certify({ subject, issuer, subjectKey: key, extensions, lifetime }, privateKey);
    },
  };
}

/** A day of grace for a client whose clock is behind. */
function serverLifetime(): Lifetime {
  const from = Date.now() - DAY_MS;
  return { from: new Date(from), until: new Date(from + LIFETIME_DAYS * DAY_MS) };
}

function certify(certificate: Certificate, signingKey: KeyObject): string {
  const { subject, issuer, subjectKey, extensions, lifetime = serverLifetime() } = certificate;
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(randomBytes(16)),
    algorithm,
    name(issuer),
    sequence(time(lifetime.from), time(lifetime.until)),
    name(subject),
    subjectKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, signingKey);
  return pem(sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.of(0), signature]))));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function identifierOf(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function name(commonName: string): Buffer {
  const value = tagged(0x0c, Buffer.from(commonName));
  return sequence(tagged(0x31, sequence(oid(OID.commonName), value)));
}

function alternativeName(host: string): Buffer {
  return isIPv4(host)
    ? tagged(0x87, Buffer.from(host.split('.').map(Number)))
    : tagged(0x82, Buffer.from(host, 'ascii'));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

/** One value of DER: tag, length, content. */
function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const size = length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
  return Buffer.concat([Buffer.of(tag), size, content]);
}

const sequence = (...values: readonly Uint8Array[]): Buffer => tagged(0x30, ...values);
const octets = (value: Uint8Array): Buffer => tagged(0x04, value);
const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.of(value ? 0xff : 0));
const bits = (value: number, unused: number): Buffer => tagged(0x03, Buffer.of(unused, value));

/** A positive whole number: a leading bit of 1 would make it negative, a leading zero is not allowed. */
function integer(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.of(0) : bytes.subarray(start);
  return tagged(0x02, (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}

/** Two digits of the year until 2049, four afterwards (RFC 5280 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/\D/g, '')}Z`;
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}
