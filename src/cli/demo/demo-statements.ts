import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { VouchError } from '../../errors.ts';
import type { RunCommand } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import type { Io } from '../io.ts';
import type { DemoDirectory } from './demo-directory.ts';
import { DEMO_IMAGES, type DemoImage, toImagePath } from './demo-image.ts';
import { type DemoEndorser, toDemoEndorsers } from './demo-people.ts';

/** Identifiers of the images worth pointing at. */
export interface DemoIdentifiers {
  readonly debian: string;
  readonly ubuntu: string;
  readonly centos: string;
}

/**
 * Fills the registry at `url` with the very commands an endorser would use: six images described, signed and uploaded, one of
 * them endorsed by both endorsers, one endorsed twice by one of them, one replaced by a newer image, one deprecated.
 */
export async function makeDemoStatements(
  directory: DemoDirectory,
  url: string,
  run: RunCommand,
  say: (line: string) => void,
): Promise<DemoIdentifiers> {
  await mkdir(directory.entries, { recursive: true });
  const { jane, tom } = toDemoEndorsers(directory);
  const demo = new DemoRun(directory, url, run);
  const publish = async (image: DemoImage, who: DemoEndorser, remarks: readonly string[]): Promise<string> => {
    say(`  ${who.email} describes, signs and uploads ${image.name}`);
    return await demo.publish(image, who, remarks);
  };
  const debian = await publish(DEMO_IMAGES.debian, jane, [
    ...['--title', 'Debian 12 base system', '--description', 'Minimal Debian with cloud-init; root login by key only.'],
    ...[
      '--os',
      'debian',
      '--os-version',
      '12',
      '--os-arch',
      'x86_64',
      '--tag',
      'debian-stable',
      '--image-version',
      '12.9',
    ],
    ...['--kind', 'machine', '--hypervisor', 'kvm', '--disks-bus', 'virtio', '--inbound-port', '22', '--valid', '1y'],
  ]);
  say(`  ${tom.email} checks the bytes of ${DEMO_IMAGES.debian.name} and endorses it as well`);
  await demo.act(tom, ['second', debian, '--image', toImagePath(directory, DEMO_IMAGES.debian), '--valid', '6m']);
  const ubuntuOld = await publish(DEMO_IMAGES.ubuntuOld, jane, [
    ...['--title', 'Ubuntu 22.04 worker node', '--os', 'ubuntu', '--os-version', '22.04', '--os-arch', 'x86_64'],
    ...['--tag', 'worker', '--kind', 'machine', '--hypervisor', 'kvm', '--valid', '90d'],
  ]);
  const ubuntu = await publish(DEMO_IMAGES.ubuntu, jane, [
    ...['--title', 'Ubuntu 24.04 worker node', '--os', 'ubuntu', '--os-version', '24.04', '--os-arch', 'x86_64'],
    ...['--tag', 'worker', '--kind', 'machine', '--hypervisor', 'kvm', '--replaces', ubuntuOld, '--valid', '1y'],
  ]);
  const centos = await publish(DEMO_IMAGES.centos, tom, [
    ...[
      '--title',
      'CentOS 7 legacy node',
      '--os',
      'centos',
      '--os-version',
      '7',
      '--os-arch',
      'x86_64',
      '--kind',
      'machine',
    ],
  ]);
  await publish(DEMO_IMAGES.alpine, tom, [
    ...['--title', 'Alpine 3.20 rescue disk', '--os', 'alpine', '--os-version', '3.20', '--os-arch', 'aarch64'],
    ...['--tag', 'rescue', '--type', 'disk', '--kind', 'disk'],
  ]);
  await publish(DEMO_IMAGES.genomes, jane, [
    ...['--title', 'Reference genomes 2026', '--description', 'Read-only data disk for sequencing pipelines.'],
    ...['--type', 'disk', '--kind', 'disk', '--publisher', 'Demo Bioinformatics', '--valid', '2y'],
  ]);
  say(`  ${jane.email} renews her entry about ${DEMO_IMAGES.ubuntu.name}: the newer one replaces the older`);
  await demo.act(jane, ['renew', ubuntu, '--valid', '18m']);
  say(`  ${tom.email} deprecates ${DEMO_IMAGES.centos.name}`);
  await demo.act(tom, ['deprecate', centos, '--reason', 'CentOS 7 gets no security updates since June 2024']);
  return { debian, ubuntu, centos };
}

/** Finds the identifiers again in a directory that was filled before. */
export async function readDemoIdentifiers(directory: DemoDirectory): Promise<DemoIdentifiers> {
  const read = async (image: DemoImage): Promise<string> => {
    const text = await readFile(toEntryPath(directory, image), 'utf8');
    return /<dcterms:identifier>([^<]+)</.exec(text)?.[1] ?? '';
  };
  const { debian, ubuntu, centos } = DEMO_IMAGES;
  return {
    debian: await read(debian),
    ubuntu: await read(ubuntu),
    centos: await read(centos),
  };
}

function toEntryPath(directory: DemoDirectory, image: DemoImage): string {
  return join(directory.entries, `${image.name}.xml`);
}

/** Runs commands as an endorser, quietly; what they say is kept for the case that one fails. */
class DemoRun {
  readonly #directory: DemoDirectory;
  readonly #url: string;
  readonly #run: RunCommand;

  constructor(directory: DemoDirectory, url: string, run: RunCommand) {
    this.#directory = directory;
    this.#url = url;
    this.#run = run;
  }

  async publish(image: DemoImage, who: DemoEndorser, remarks: readonly string[]): Promise<string> {
    const path = toImagePath(this.#directory, image);
    const entry = toEntryPath(this.#directory, image);
    const draft = `${entry}.draft`;
    const locations = [pathToFileURL(path).href, `https://images.example.org/${image.name}`];
    await this.act(who, [
      'describe',
      path,
      ...locations.flatMap((url) => ['--location', url]),
      ...remarks,
      '-o',
      draft,
    ]);
    await this.act(who, ['sign', draft, '-o', entry]);
    await this.act(who, ['upload', entry]);
    return /<dcterms:identifier>([^<]+)</.exec(await readFile(entry, 'utf8'))![1]!;
  }

  async act(who: DemoEndorser, words: readonly string[]): Promise<void> {
    let said = '';
    const quiet: Io['stderr'] = {
      write: (chunk) => {
        said += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      },
    };
    const env = {
      HOME: this.#directory.path,
      VOUCH_URL: this.#url,
      VOUCH_TRUST: this.#directory.trust,
      VOUCH_CERT: who.cert,
      VOUCH_KEY: who.key,
    };
    const code = await this.#run(words, { stdout: quiet, stderr: quiet, env });
    if (code === EXIT.interrupted) throw new DOMException('Stopped.', 'AbortError');
    if (code !== EXIT.yes) throw new VouchError('internal', `vouch ${words.join(' ')} failed (${code}):\n${said}`);
  }
}
