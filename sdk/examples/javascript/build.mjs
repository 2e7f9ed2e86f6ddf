// Builds the component; the first argument or target/examples/javascript.wasm.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentize } from '@bytecodealliance/componentize-js';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const out = process.argv[2] ?? join(root, 'target/examples/javascript.wasm');

const { component } = await componentize({
  sourcePath: join(here, 'plugin.js'),
  witPath: join(root, 'wit'),
  worldName: 'patch',
  // `fetch` would import wasi:http, which the proxy does not give to plugins.
  disableFeatures: ['http', 'fetch-event'],
});
await mkdir(dirname(out), { recursive: true });
await writeFile(out, component);
console.log(out);
