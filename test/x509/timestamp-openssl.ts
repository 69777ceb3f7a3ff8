import type { Issued } from '../../src/x509/issue.ts';
import { Workshop } from './programs.ts';

const CONFIGURATION = `
[tsa]
default_tsa = stamper
[stamper]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = more.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512, sha1
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

/** A time-stamping authority: openssl with its key and certificate, and the certificates above it. */
export class OpensslTsa extends Workshop {
  constructor(tsa: Issued, above: readonly Issued[] = [], settings: Readonly<Record<string, string>> = {}) {
    super();
    const changed = Object.entries(settings).reduce(
      (text, [name, value]) => text.replace(new RegExp(`^${name} = .*$`, 'm'), `${name} = ${value}`),
      CONFIGURATION,
    );
    this.write('tsa.cnf', changed);
    this.write('serial', '01\n');
    this.write('tsa.pem', tsa.certificatePem);
    this.write('tsa.key', tsa.privateKeyPem);
    this.write('more.pem', above.map(({ certificatePem }) => certificatePem).join('') || tsa.certificatePem);
  }

  /** The reply (TimeStampResp) to a query. */
  answer(query: Uint8Array): Uint8Array {
    this.write('query.tsq', query);
    this.openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr');
    return this.read('reply.tsr');
  }

  /** The reply to a question that openssl asks about these octets; `options` such as `-sha384`, `-no_nonce`, `-cert`. */
  stamp(octets: Uint8Array, ...options: string[]): Uint8Array {
    this.write('octets', octets);
    this.openssl('ts', '-query', '-data', 'octets', '-out', 'query.tsq', ...(options.length > 0 ? options : ['-cert']));
    return this.answer(this.read('query.tsq'));
  }

  /** The bare token of a reply. */
  tokenOf(reply: Uint8Array): Uint8Array {
    this.write('reply.tsr', reply);
    this.openssl('ts', '-reply', '-in', 'reply.tsr', '-token_out', '-out', 'token.der');
    return this.read('token.der');
  }
}
