// Builds the page into one folder with relative addresses, so that it works under any path of a proxy.
import { defineConfig } from "vite";

// `npm run dev`: the page from here with hot reload, everything else from a running Deskbell.
const server = process.env.DESKBELL_SERVER ?? "http://127.0.0.1:8480";
const key = process.env.DESKBELL_API_KEY;
const proxied = {
  target: server,
  changeOrigin: true,
  headers: { origin: server, ...(key ? { "api-key": key } : {}) },
};

export default defineConfig({
  base: "./",
  build: {
    outDir: process.env.DESKBELL_UI_OUT ?? "dist",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: {
    proxy: { "^/(v2|in|s|sign-in|sign-up|sign-out|enter)(/|\\?|$)": proxied },
  },
});
