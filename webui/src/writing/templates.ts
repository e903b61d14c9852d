/** The built-in ways to begin: one JSON file each, the same files as the library's. */
import type { Template } from '../client/types.ts';

const FILES = import.meta.glob<Omit<Template, 'builtIn'>>('../../../vault/writing/templates/*.json', {
  eager: true, import: 'default',
});

/** By name; `blank` is the first. */
export const BUILT_IN: readonly Template[] = Object.values(FILES)
  .map((file) => ({ ...file, builtIn: true }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** Built-in ones first, then the writer's own. */
export function allTemplates(own: readonly Template[]): Template[] {
  return [...BUILT_IN, ...own];
}

export function templateNamed(own: readonly Template[], name: string | null): Template | null {
  return allTemplates(own).find((template) => template.name === name) ?? null;
}
