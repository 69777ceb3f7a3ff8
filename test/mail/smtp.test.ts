import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { toSmtpMailer } from '../../src/mail/smtp.ts';
import { issueCertificate } from '../../src/x509/issue.ts';
import { makeAuthority } from '../endorser.ts';
import { openSmtpSink, type SmtpSink } from './smtp-sink.ts';

const MAIL = { to: 'jane@example.org', senderName: 'Märkte', subject: 'Grüße', text: 'Zeile\n', messageId: 'x@r.test' };
const AT = { host: '127.0.0.1', from: 'registry@example.org', security: 'none' } as const;

let sink: SmtpSink | undefined;
afterEach(async () => {
  await sink?.close();
  sink = undefined;
});

describe('mail over SMTP', () => {
  it('arrives with the same Message-ID every time, and says that a program wrote it', async () => {
    sink = await openSmtpSink();
    const mailer = toSmtpMailer({ ...AT, port: sink.port });
    expect(await mailer.send(MAIL)).toEqual({ outcome: 'sent' });
    const [mail] = sink.mails;
    expect(mail).toMatchObject({ from: 'registry@example.org', to: ['jane@example.org'], text: 'Zeile\r\n' });
    expect(mail!.raw).toMatch(/^Message-ID: <x@r\.test>\r$/m);
    expect(mail!.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  it('is deferred where nobody listens, and where the server never answers', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const slow = await toSmtpMailer({ ...AT, port, timeoutMs: 300 }).send(MAIL);
    silent.close();
    expect(slow).toMatchObject({ outcome: 'deferred' });
    const gone = await openSmtpSink();
    await gone.close();
    expect(await toSmtpMailer({ ...AT, port: gone.port }).send(MAIL)).toMatchObject({ outcome: 'deferred' });
  });

  it('is refused only where the recipient is, for good', async () => {
    const outcomes: string[] = [];
    for (const [step, responseCode] of [
      ['onRcptTo', 550],
      ['onRcptTo', 450],
      ['onMailFrom', 550],
    ] as const) {
      const refuse = (_: unknown, __: unknown, done: (error: Error) => void) =>
        done(Object.assign(new Error('No.'), { responseCode }));
      const unkind = await openSmtpSink({ [step]: refuse });
      outcomes.push((await toSmtpMailer({ ...AT, port: unkind.port }).send(MAIL)).outcome);
      await unkind.close();
    }
    expect(outcomes).toEqual(['refused', 'deferred', 'deferred']);
  });

  it('says nothing to a server without TLS where TLS is asked for', async () => {
    sink = await openSmtpSink();
    const mailer = toSmtpMailer({ ...AT, security: 'starttls', port: sink.port });
    expect(await mailer.send(MAIL)).toMatchObject({ outcome: 'deferred' });
    expect(sink.mails).toEqual([]);
  });

  it('goes over STARTTLS with a login to a server that an authority vouches for, and to no other', async () => {
    const authority = await makeAuthority('Mail CA', 'p-256');
    const host = await issueCertificate(authority, {
      subject: 'CN=localhost',
      purposes: ['serverAuth'],
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2099-01-01T00:00:00Z'),
    });
    const logins: string[] = [];
    sink = await openSmtpSink({
      key: host.privateKeyPem,
      cert: host.certificatePem,
      authOptional: false,
      onAuth({ username = '', password = '' }, _, done) {
        logins.push(`${username}:${password}`);
        done(null, { user: username });
      },
    });
    const login = { user: 'registry', password: 's3cret' };
    const starttls = { ...AT, host: 'localhost', security: 'starttls', login, port: sink.port } as const;
    expect(await toSmtpMailer(starttls).send(MAIL)).toMatchObject({ outcome: 'deferred' });
    expect(logins).toEqual([]);
    expect(await toSmtpMailer({ ...starttls, authorities: authority.certificatePem }).send(MAIL)).toEqual({
      outcome: 'sent',
    });
    expect(logins).toEqual(['registry:s3cret']);
    expect(sink.mails[0]!.isTls).toBe(true);
  });
});
