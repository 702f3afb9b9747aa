import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const browser = {
  environment: "node", globalSetup: "e2e/setup.ts", setupFiles: "e2e/hooks.ts", testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false, pool: "threads", isolate: false,
  expect: { poll: { timeout: 10_000, interval: 25 } },
} as const;

// The bytes of dist must not depend on where or when it is built: names carry hashes of contents, and nothing else varies.
export default defineConfig({
  base: "/desk/",
  plugins: [react()],
  build: {
    target: "es2023",
    assetsInlineLimit: 0, // the policy allows no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": { target: process.env.PRONTO_URL ?? "http://127.0.0.1:8080", ws: true } } },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["unit/**/*.test.{ts,tsx}"], environment: "happy-dom" } },
      { extends: true, test: { ...browser, name: "e2e", include: ["e2e/**/*.test.ts"] } },
      { extends: true, test: { ...browser, name: "screens", include: ["e2e/screens.ts"] } },
    ],
  },
});
