// Writes the types of the API's answers from its OpenAPI document; with --check, says whether they are stale.
// Usage: node types.mjs DOCUMENT [--check]
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const TARGET = fileURLToPath(new URL('src/app/packages/shared/schema.d.ts', import.meta.url));
const NOTE = '// Made from the OpenAPI document of the API by `make docs`. Do not edit.\n\n';

const [document, option] = process.argv.slice(2);
const types = NOTE + astToString(await openapiTS(await readFile(document, 'utf8')));
if (option === '--check') {
  if ((await readFile(TARGET, 'utf8')) !== types) {
    console.error(`${path.relative('..', TARGET)} is stale: run "make docs"`);
    process.exit(1);
  }
} else {
  await writeFile(TARGET, types);
}
