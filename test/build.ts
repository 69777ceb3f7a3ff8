import { spawnSync } from 'node:child_process';

/**
 * Compiles src/ to dist/ before any test: worker threads, spawned programs and pages run the compiled files. Types are a check of their
 * own.
 */
export default function build(): void {
  spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck'], {
    stdio: 'inherit',
  });
  spawnSync(process.execPath, ['scripts/bundle.mjs'], { stdio: 'inherit' });
}
