/** Which part of the page may import which: what is below knows nothing of what is above. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = import.meta.dirname;
const IMPORT = /(?:from|import)\s*\(?\s*'(\.[^']*)'/g;

/** By folder: what its files may import, besides each other. Tests and what they share may import anything. */
const ALLOWED: Readonly<Record<string, RegExp>> = {
  wire: /^errors\.ts$/,
  core: /^(errors\.ts$|wire\/)/,
  audit: /^(errors\.ts$|wire\/|core\/)/,
  writing: /^client\/types\.ts$/,
  client: /^(errors\.ts$|workers\.ts$|wire\/|core\/|audit\/|writing\/)/,
  transfer: /^(errors\.ts$|workers\.ts$|core\/|writing\/days\.ts$|client\/(vault|counting|parcels)\.ts$)/,
  ui: /^(client\/vault\.ts$|transfer\/|writing\/)/,
};

function imports(folder: string): { readonly file: string; readonly target: string }[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|^testing\//.test(name))
    .map((name) => join(folder, name));
  return files.flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)].map((match) => ({
    file, target: normalize(join(dirname(file), (match[1] ?? '').replace(/\?.*$/, ''))),
  })));
}

it.each(Object.entries(ALLOWED))('%s imports only what is below it', (folder, allowed) => {
  const found = imports(folder);
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter(({ target }) => !target.startsWith(`${folder}/`) && !allowed.test(target))).toEqual([]);
});

it('what tests share stays out of the page', () => {
  const found = Object.keys(ALLOWED).flatMap(imports);
  expect(found.filter(({ target }) => target.includes('/testing/'))).toEqual([]);
});
