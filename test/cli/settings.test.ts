import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readSettings, readSettingsText } from '../../src/cli/settings.ts';

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vouch-settings-'));
  await mkdir(join(home, '.config', 'vouch'), { recursive: true });
  await writeFile(join(home, '.config', 'vouch', 'config.yaml'), 'url: https://file.example\ncert: ~/usercert.pem\n');
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('settings', () => {
  test('come from flags, then the environment, then the file', async () => {
    const env = { HOME: home, VOUCH_EMAIL: 'env@example.org' };
    expect(await readSettings({}, env)).toEqual({
      url: 'https://file.example',
      cert: `${home}/usercert.pem`,
      email: 'env@example.org',
    });
    expect(await readSettings({}, { ...env, VOUCH_URL: 'https://env.example' })).toMatchObject({
      url: 'https://env.example',
    });
    const flags = { url: 'https://flag.example', passphraseFile: 'secret' };
    expect(await readSettings(flags, { ...env, VOUCH_URL: 'https://env.example' })).toMatchObject({
      url: 'https://flag.example',
      'passphrase-file': 'secret',
    });
  });

  test('that say who signs put aside other ways which a weaker source names', async () => {
    const pair = { HOME: home, VOUCH_KEY: 'env.pem' };
    const cert = `${home}/usercert.pem`;
    expect(await readSettings({}, pair)).toMatchObject({ cert, key: 'env.pem' });
    expect(await readSettings({ p12: 'me.p12' }, pair)).toEqual({ url: 'https://file.example', p12: 'me.p12' });
    const signer = { signer: 'sign', signerInput: 'digest' };
    expect(await readSettings(signer, pair)).toMatchObject({ cert, signer: 'sign', 'signer-input': 'digest' });
    expect(await readSettings(signer, pair)).not.toHaveProperty('key');
    const token = { HOME: home, VOUCH_P12: 'env.p12', VOUCH_ALIAS: 'me', VOUCH_SIGNER_INPUT: 'digest' };
    expect(await readSettings({ key: 'flag.pem' }, token)).toEqual({
      url: 'https://file.example',
      cert,
      key: 'flag.pem',
    });
  });

  test('need no file, and follow XDG_CONFIG_HOME', async () => {
    expect(await readSettings({}, { HOME: '/nonexistent' })).toEqual({});
    const moved = { HOME: '/nonexistent', XDG_CONFIG_HOME: join(home, '.config') };
    expect(await readSettings({}, moved)).toMatchObject({ url: 'https://file.example' });
  });

  test('with an empty variable are as without it', async () => {
    expect(await readSettings({}, { HOME: home, VOUCH_URL: '' })).toMatchObject({ url: 'https://file.example' });
  });
});

describe('the settings file', () => {
  test.each([
    'url: https://a.example/x#y',
    'url: "https://a.example" # ours',
    "trust: '/etc/grid security'",
    '---\n# comment\n\nemail: a@b.example   # me\nurl: http://h:8080',
    'key: /a/b c.pem\r\n',
  ])('is read as YAML reads it: %j', (text) => {
    expect(readSettingsText(text, 'f', '/h')).toEqual(parse(text));
  });

  test.each([
    ['url:', 'line 1'],
    ['\nurl: [a, b]', 'line 2'],
    ['url: *anchor', 'line 1'],
    ['  url: indented', 'line 1'],
    ['just text', 'line 1'],
    ['url: "open', 'line 1'],
    ['url: a: b', 'line 1'],
  ])('%j is refused with its line', (text, where) => {
    expect(() => readSettingsText(text, 'config.yaml', '/h')).toThrow(where);
  });

  test('with a mistyped name gets a hint', () => {
    expect(() => readSettingsText('urll: x', 'f', '/h')).toThrow('there is no setting urll; is url meant?');
  });
});
