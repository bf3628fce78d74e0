// Builds the page, or with --extension the bundles of a developer project as HubSpot builds them.
//   node build.mjs --out build/page
//   node build.mjs --extension extension --out build/extension-bundles
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const HERE = import.meta.dirname;
// What HubSpot's worker has as globals, and what these are called there.
const GIVEN = { react: 'React', 'react-dom': 'ReactDOM', '@remote-ui/react': 'RemoteUI' };
const FOLDERS = ['cards', 'pages', 'settings'];
const { values } = parseArgs({ options: { extension: { type: 'string' }, out: { type: 'string' } } });
const outDir = path.resolve(values.out);

const make = (entry, fileName, formats, more = {}) =>
  build({
    configFile: false, logLevel: 'warn', root: path.dirname(entry), define: { 'process.env.NODE_ENV': '"production"' },
    ...more,
    build: {
      outDir, emptyOutDir: false, minify: true, target: 'es2022', ...more.build,
      lib: { entry, name: fileName, formats, fileName: () => fileName },
    },
  });

async function page() {
  await make(path.join(HERE, 'src/main.tsx'), 'page.js', ['es']);
  await make(path.join(HERE, 'src/worker.tsx'), 'worker.js', ['iife']);
  await cp(path.join(HERE, 'src/page.css'), path.join(outDir, 'page.css'));
  await cp(path.join(HERE, 'index.html'), path.join(outDir, 'index.html'));
}

async function bundles(project) {
  const app = path.join(project, 'src/app');
  const alias = await packages(path.join(app, 'packages'));
  const points = [];
  for (const folder of FOLDERS.map((name) => path.join(app, name)).filter(existsSync)) {
    for (const name of (await readdir(folder)).filter((one) => one.endsWith('-hsmeta.json'))) {
      const { uid, type, config } = await json(path.join(folder, name));
      const bundle = `${uid}.js`;
      await make(path.join(project, 'src', config.entrypoint), bundle, ['iife'], {
        // This page's React and components, whatever the project has installed: the same versions as HubSpot's.
        root: HERE, resolve: { dedupe: ['react', '@hubspot/ui-extensions'], alias },
        build: { rollupOptions: { external: Object.keys(GIVEN), output: { globals: GIVEN, extend: true } } },
      });
      const { name: title, location, objectTypes } = config;
      points.push({ uid, type: type === 'pages' ? 'page' : type, bundle, name: title, location, objectTypes });
    }
  }
  await writeFile(path.join(outDir, 'extensions.json'), JSON.stringify(points, null, 2));
}

/** The project's own packages, which npm would link: the bundles so need no `npm ci` of it. */
async function packages(folder) {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const all = await Promise.all(names.map(async (name) => {
    const { name: known, exports = { '.': './index.ts' } } = await json(path.join(folder, name, 'package.json'));
    return Object.entries(exports).map(([part, file]) => ({ find: new RegExp(`^${known}${part.slice(1)}$`), replacement: path.join(folder, name, file) }));
  }));
  return all.flat();
}
const json = async (file) => JSON.parse(await readFile(file, 'utf8'));

await rm(outDir, { recursive: true, force: true });
await mkdir(outDir, { recursive: true });
if (values.extension) await bundles(path.resolve(values.extension));
else await page();
