import path from 'node:path';
import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

const api = `http://127.0.0.1:${process.env.PORT ?? '8787'}`;

export default defineConfig({
  base: '/app/',
  publicDir: false,
  plugins: [preact({ devToolsEnabled: false })],
  resolve: { alias: { 'darkroom-client': path.resolve(import.meta.dirname, '../client/src/index.ts') } },
  build: {
    emptyOutDir: true,
    assetsInlineLimit: 0, // the CSP has no place for data: scripts and styles
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: {
    host: '127.0.0.1',
    proxy: { '^/(?!app/)': { target: api } },
  },
});
