import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page that the server hands out, from `dist/web`. Nothing in it is fetched from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: { alias: { "nearlabel/client": resolve(import.meta.dirname, "../src/client/index.ts") } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2023",
    // Fonts and pictures as files: the page's policy allows no `data:` but for pictures that a person chose.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "^/(v1|samples|healthz)": "http://127.0.0.1:8080" } },
});
