// Bundles what runs inside pages: every file directly in src/island/ becomes one script under dist/island/, whose name carries a hash of its
// content, with compressed copies beside it and a list of what is there. What several need, or one loads only when asked for, becomes a
// file of its own.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const SOURCE = 'src/island';
const TARGET = 'dist/island';

/** Makes the scripts anew. They are exchanged at once, so that who reads them meanwhile finds the old or the new. */
export async function bundleIslands() {
  const making = `${TARGET}.${process.pid}`;
  const { metafile } = await build({
    entryPoints: readdirSync(SOURCE)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => join(SOURCE, name)),
    outdir: making,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    metafile: true,
    legalComments: 'none',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.wasm': 'file', '.xsd': 'binary' },
    logLevel: 'warning',
  });
  const islands = {};
  const files = [];
  for (const [path, { entryPoint, imports }] of Object.entries(metafile.outputs)) {
    const file = basename(path);
    files.push(file);
    compress(join(making, file));
    if (entryPoint === undefined || !entryPoint.startsWith(`${SOURCE}/`)) continue;
    // What it loads at once anyway: a page may tell the browser beforehand.
    const needs = imports.filter(({ kind }) => kind === 'import-statement').map((one) => basename(one.path));
    islands[basename(entryPoint, '.ts')] = { file, needs };
  }
  writeFileSync(join(making, 'islands.json'), `${JSON.stringify({ islands, files }, null, 2)}\n`);
  rmSync(TARGET, { recursive: true, force: true });
  renameSync(making, TARGET);
}

function compress(path) {
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

if (process.argv[1] === import.meta.filename) await bundleIslands();
