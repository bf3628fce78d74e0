import { config } from '@hubspot/eslint-config-ui-extensions';
import tseslint from 'typescript-eslint';

export default [
  { ignores: ['**/schema.d.ts'] },
  ...tseslint.configs.recommended,
  ...config,
];
