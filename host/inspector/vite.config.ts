import { defineConfig } from "vitest/config";

// The page is served at /ui by the proxy. `npm run dev` serves it with live reload and takes
// data from a proxy that runs, at YALLMP_URL.
export default defineConfig({
  base: "/ui/",
  build: {
    target: "es2022",
    // Scripts are files of their own: the page's policy allows no inline code and no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: { "/ui/api": process.env["YALLMP_URL"] ?? "http://127.0.0.1:17771" },
  },
  test: { include: ["tests/**/*.test.ts"] },
});
