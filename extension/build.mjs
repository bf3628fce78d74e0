// Builds each extension as HubSpot does: one file, React and RemoteUI given from outside. No network.
// Usage: node build.mjs [FOLDER]; without a folder: ../build/extension-bundles
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = path.dirname(fileURLToPath(import.meta.url));
const outDir = path.resolve(process.argv[2] ?? path.join(here, '..', 'build', 'extension-bundles'));
const ENTRIES = ['cards/SyncCard', 'cards/RelatedCard', 'pages/Pages', 'settings/SettingsPage', 'actions/Retry'];

for (const entry of ENTRIES) {
  const fileName = `${path.basename(entry)}.js`;
  const source = path.join(here, 'src', 'app', `${entry}.tsx`);
  await build({
    configFile: false,
    logLevel: 'warn',
    root: path.dirname(source),
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir,
      emptyOutDir: false,
      lib: { entry: source, name: fileName, formats: ['iife'], fileName: () => fileName },
      rollupOptions: {
        external: ['react', 'react-dom', '@remote-ui/react'],
        output: { globals: { react: 'React', '@remote-ui/react': 'RemoteUI' }, extend: true },
      },
    },
  });
}
