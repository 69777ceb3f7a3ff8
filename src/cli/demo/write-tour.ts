import { relative } from 'node:path';
import type { DemoDirectory } from './demo-directory.ts';
import { DEMO_IMAGES, toImagePath } from './demo-image.ts';
import { toDemoEndorsers } from './demo-people.ts';
import type { DemoIdentifiers } from './demo-statements.ts';
import { quote } from './write-program.ts';

/** What to look at and which commands to try, as lines; every command works when pasted where the demo was started. */
export function writeTour(directory: DemoDirectory, url: string, ids: DemoIdentifiers, from: string): string[] {
  const path = (absolute: string): string => {
    const near = relative(from, absolute);
    return quote(near.startsWith('..') ? absolute : near.includes('/') ? near : `./${near}`);
  };
  const vouch = path(directory.program);
  const { jane } = toDemoEndorsers(directory);
  const credentials = `--cert ${path(jane.cert)} --key ${path(jane.key)}`;
  const draft = path(`${directory.path}/mine.draft.xml`);
  const entry = path(`${directory.path}/mine.xml`);
  const places: readonly (readonly [address: string, what: string])[] = [
    [`${url}/`, 'search and browse'],
    [`${url}/metadata/${ids.debian}`, 'an image that both endorse'],
    [`${url}/metadata/${ids.ubuntu}`, 'one that replaces another; its entry was renewed'],
    [`${url}/metadata/${ids.centos}`, 'one that is deprecated, and why'],
    [`${url}/endorsers`, 'who endorses'],
    [`${url}/query`, 'ask in SPARQL'],
  ];
  const width = Math.max(...places.map(([address]) => address.length));
  return [
    'Look at',
    ...places.map(([address, what]) => `  ${address.padEnd(width)}  ${what}`),
    '',
    'Try, in another terminal, where you are now',
    `  ${vouch} search --status all`,
    `  ${vouch} show ${ids.debian}`,
    `  ${vouch} history ${ids.ubuntu}`,
    `  ${vouch} query 'PREFIX slterms: <http://mp.stratuslab.eu/slterms#> SELECT DISTINCT ?os WHERE { ?x slterms:os ?os }'`,
    `  curl -H 'Accept: text/turtle' ${url}/tag/${jane.email}/debian-stable`,
    '',
    'Be a cloud site, which decides before it launches',
    `  ${vouch} policy check ${ids.debian} --trust-first --explain`,
    `  ${vouch} policy check ${ids.centos} || echo 'denied: it must not run'`,
    `  ${vouch} download ${ids.debian} --allow-files ${path(`${directory.path}/images`)} -o ${path(`${directory.path}/launch.qcow2`)}`,
    '',
    'Watch the registry, without trusting it',
    `  ${vouch} log monitor ${url} --trust-first`,
    `  ${vouch} log audit ${url}`,
    '',
    'Be an endorser',
    `  ${vouch} describe ${path(toImagePath(directory, DEMO_IMAGES.mine))} --title 'My image' --os debian --location https://example.org/mine.qcow2 -o ${draft}`,
    `  ${vouch} sign ${draft} ${credentials} -o ${entry}`,
    `  ${vouch} verify ${entry}`,
    `  ${vouch} upload ${entry}`,
    `  ${vouch} deprecate ${path(toImagePath(directory, DEMO_IMAGES.mine))} --reason 'only a test' ${credentials}`,
  ];
}
