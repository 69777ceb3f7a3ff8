import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import type { Markup } from './markup.ts';

/** Formats a virtual machine is started from, as QEMU and OpenStack call them, by what entries call them. */
const FORMATS: Readonly<Record<string, { readonly qemu: string; readonly cloud: string; readonly suffix: string }>> = {
  qcow2: { qemu: 'qcow2', cloud: 'qcow2', suffix: 'qcow2' },
  raw: { qemu: 'raw', cloud: 'raw', suffix: 'img' },
  img: { qemu: 'raw', cloud: 'raw', suffix: 'img' },
  vmdk: { qemu: 'vmdk', cloud: 'vmdk', suffix: 'vmdk' },
  vdi: { qemu: 'vdi', cloud: 'vdi', suffix: 'vdi' },
  vhd: { qemu: 'vpc', cloud: 'vhd', suffix: 'vhd' },
};
const PROCESSORS: Readonly<Record<string, string>> = {
  x86_64: 'x86_64',
  amd64: 'x86_64',
  i386: 'i386',
  i486: 'i386',
  i586: 'i386',
  i686: 'i386',
  aarch64: 'aarch64',
  arm64: 'aarch64',
};
/** Programs that compare, the strongest first. */
const SUMS = [
  ['SHA-512', 'sha512sum'],
  ['SHA-384', 'sha384sum'],
  ['SHA-256', 'sha256sum'],
] as const;

/**
 * What to type to have an image checked, fetched and started. `entry` is the statement to start from; where there is none, only what
 * decides is offered, which says no and why.
 */
export function commandSteps(face: Face, identifier: string, entry: CatalogEntry | undefined): Markup {
  const image = quote(`${face.registry.baseUrl}/metadata/${identifier}`);
  const site = '--policy site.yaml --trust /etc/grid-security/certificates';
  const check = step(
    'Decide by your site’s policy whether it may run, and see why',
    'command to check',
    `vouch policy check ${image} ${site}`,
  );
  if (entry === undefined) return html`<ol class="steps">${check}</ol>`;
  const format = FORMATS[entry.format?.toLowerCase() ?? ''];
  const file = `image.${format?.suffix ?? 'bin'}`;
  return html`<ol class="steps">${check}
${step(
  'Fetch it, if it may run: every byte is held against size and checksums',
  'command to download',
  `vouch download ${image} ${site} -o ${file}`,
)}
${launch(entry, format, file)}</ol>
${byHand(entry, file)}
<p class="quiet small">The policy and the certificates are yours, whoever this registry believes.</p>`;
}

function launch(entry: CatalogEntry, format: (typeof FORMATS)[string] | undefined, file: string): Markup | '' {
  if (format === undefined) return '';
  const processor = PROCESSORS[entry.osArch?.toLowerCase() ?? ''];
  const qemu =
    processor === undefined || processor === 'aarch64'
      ? ''
      : step(
          'Try it on this machine; what it writes is thrown away',
          'command to launch with QEMU',
          `qemu-system-${processor} -accel kvm -accel tcg -m 2G -snapshot -drive file=${file},format=${format.qemu},if=virtio`,
        );
  const cloud = step(
    'Put it in an OpenStack cloud',
    'command to put it in OpenStack',
    `openstack image create --disk-format ${format.cloud} --container-format bare --file ${file} --property vouch=${entry.identifier} vouch-${entry.identifier}`,
  );
  return html`${qemu}${cloud}`;
}

/** For those who have no `vouch`: they get the bytes, but nobody has decided for them. */
function byHand(entry: CatalogEntry, file: string): Markup | '' {
  const place = entry.locations.map(toFetchable).find((uri) => uri !== undefined);
  const [, program = '', value = ''] =
    SUMS.map(([algorithm, name]) => {
      const sum = entry.checksums.find((one) => one.algorithm === algorithm);
      return sum === undefined ? undefined : ([algorithm, name, sum.value] as const);
    }).find((one) => one !== undefined) ?? [];
  if (place === undefined || !/^[0-9a-f]+$/i.test(value)) return '';
  const isPacked = entry.compression !== undefined;
  return html`<details><summary>Without Vouch</summary>
<p>These commands compare the bytes with the statement, but nobody decides whether its endorser is to be believed.${
    isPacked
      ? ' The checksum may be of the file as it lies there or of what is packed in it; the endorser does not say which.'
      : ''
  }</p>
${commandBlock('commands to fetch and compare', `curl -fL -o ${file} ${quote(place)}\necho '${value.toLowerCase()}  ${file}' | ${program} -c`)}</details>`;
}

function step(what: string, name: string, text: string): Markup {
  return html`<li>${what}${commandBlock(name, text)}</li>`;
}

/** Text to type, which the script `copy` gives a button. `name` says what it is. */
export function commandBlock(name: string, text: string): Markup {
  return html`<div class="command" data-copy="${name}"><pre tabindex="0" aria-label="${name}"><code>${text}</code></pre></div>`;
}

/** The address as a shell may have it: a URL that fetches, everything unusual in it escaped; undefined for any other. */
function toFetchable(uri: string): string | undefined {
  if (!/^(?:https?|ftp):\/\//i.test(uri) || !URL.canParse(uri)) return undefined;
  const { href } = new URL(uri);
  return /^[\x21-\x7e]{1,2000}$/.test(href) ? href : undefined;
}

/** One word for the shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
