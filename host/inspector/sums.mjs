// Writes SHA256SUMS: what dist was built from, and what it is. `cargo test` compares it with the
// files, so that a page that was not built anew is noticed without Node.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILES = [
  "index.html",
  "package.json",
  "package-lock.json",
  "sums.mjs",
  "tsconfig.json",
  "vite.config.ts",
];
const FOLDERS = ["dist", "public", "src"];

const below = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

const sum = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

const lines = [...FILES, ...FOLDERS.flatMap(below)].sort().map((file) => `${sum(file)}  ${file}\n`);
writeFileSync("SHA256SUMS", lines.join(""));
