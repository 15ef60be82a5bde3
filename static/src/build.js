// Builds static/dist from static/src and the npm packages: `npm run build`.
// dist is git-ignored and is Django's only STATICFILES_DIRS entry.

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { compile } from "sass";

const SRC = "static/src";
const DIST = "static/dist";
// Where the style sheet's `moj/images/…` come from; MOJ's settings name one folder for both.
const IMAGES = "node_modules/@ministryofjustice/frontend/moj/assets/images";
// Marks of central government that a council may not show.
const NOT_OURS = /crown|crest|logotype|govuk|transport/i;

rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });

const { css } = compile(`${SRC}/portal.scss`, { style: "compressed", loadPaths: ["."] });
writeFileSync(`${DIST}/portal.css`, css);
copyImages(css);

buildSync({
  entryPoints: [`${SRC}/portal.js`],
  outfile: `${DIST}/portal.js`,
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2020",
  legalComments: "none",
});
for (const name of ["enable.js", "favicon.svg"]) cpSync(`${SRC}/${name}`, `${DIST}/${name}`);

// Only the images that the style sheet names: hashed static files fail on a missing one.
function copyImages(styles) {
  const named = new Set(Array.from(styles.matchAll(/url\("?([^")]+)"?\)/g), ([, url]) => url));
  for (const url of named) {
    if (url.startsWith("data:")) continue;
    if (!url.startsWith("moj/images/")) throw new Error(`portal.css names ${url}`);
    if (NOT_OURS.test(url)) throw new Error(`portal.css names ${url}, a mark that is not ours`);
    mkdirSync(join(DIST, dirname(url)), { recursive: true });
    cpSync(join(IMAGES, url.replace("moj/images/", "")), join(DIST, url));
  }
}
