// Bundles the front end into frontend/dist, which Django serves as static files.
// `npm run build` once; `npm run build -- --watch` while working on styles.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const watch = process.argv.includes("--watch");

// The oldest browsers that know cascade layers; a four-year-old phone updates its browser.
const browsers = ["chrome99", "firefox97", "safari15.4"];

const common = { bundle: true, minify: !watch, sourcemap: watch, target: browsers, logLevel: "info", legalComments: "eof" };
const styles = {
  ...common,
  entryPoints: { site: join(here, "css/site.css"), map: join(here, "css/map.css") },
  outdir: dist,
  // Leaflet's pictures stay files: a data: address would need a hole in the content policy.
  loader: { ".png": "file" },
  assetNames: "leaflet/[name]",
};
const scripts = {
  ...common,
  entryPoints: { site: join(here, "js/site.js"), map: join(here, "js/map.js"), passkeys: join(here, "js/passkeys.js"), recount: join(here, "js/recount-page.js") },
  outdir: dist,
  format: "iife",
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
for (const name of ["icons.svg", "favicon.svg"]) cpSync(join(here, name), join(dist, name));

if (watch) {
  for (const options of [styles, scripts]) await (await esbuild.context(options)).watch();
} else {
  await Promise.all([esbuild.build(styles), esbuild.build(scripts)]);
}
