// Bundles the extension and the mode, each into one file that OHIF imports: dist/extension.js, dist/mode.js.
import { build } from 'esbuild';
import { statSync } from 'node:fs';

const LIMIT = 300_000; // bytes of the extension

await build({
  entryPoints: ['src/extension.tsx', 'src/mode.ts'],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  legalComments: 'external', // beside the bundle, as the licences ask
  define: { 'process.env.NODE_ENV': '"production"' },
  outdir: 'dist',
  logLevel: 'warning',
});
await build({ entryPoints: ['src/testing.ts'], bundle: true, format: 'esm', target: 'es2022', outdir: 'dist/test', logLevel: 'warning' });

const size = statSync('dist/extension.js').size;
console.log(`dist/extension.js ${size} bytes`);
if (size > LIMIT) throw new Error(`The extension has ${size} bytes; at most ${LIMIT}.`);
