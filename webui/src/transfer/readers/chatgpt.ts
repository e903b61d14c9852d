/**
 * ChatGPT: `conversations.json`, or its numbered parts, in the zip of a data export. The twin of
 * vault/transfer/readers/chatgpt.py. The thread that was shown last is the session; every other branch is a session of its
 * own, tagged `branch`, that begins where it parts. Files are not taken over; the text says where one stood.
 */
import type { Role } from '../../core/model.ts';
import { saysSomething } from '../code-points.ts';
import { objects, sample } from '../elements.ts';
import { leftOut, makeBranches, type Facts, type Spoken } from '../foreign.ts';
import { asJson, fieldsOf, isObject, listOf, textOf, withFields, type JsonObject, type JsonValue } from '../json-values.ts';
import { CERTAIN, LIKELY, NO_OBJECT, foreignReader, note, skipped, type Read, type ReadOptions } from '../reading.ts';
import type { Doubt } from '../report.ts';
import { baseName, named, onlyEntry, type Entry, type Source } from '../sources.ts';
import { readTime, type Stamp } from '../times.ts';
import { branches } from '../trees.ts';

const NAME = 'chatgpt';
const FILE = /^conversations(-[0-9]{1,6})?\.json$/;
const ROLES: ReadonlyMap<string, Role> = new Map([['user', 'writer'], ['assistant', 'helper'], ['system', 'system'], ['tool', 'tool']]);
const FIELDS = ['text', 'result', 'content', 'summary', 'user_profile', 'user_instructions', 'model_set_context'];
const KNOWN = new Set([
  'text', 'multimodal_text', 'code', 'execution_output', 'thoughts', 'reasoning_recap', 'tether_quote', 'tether_browsing_display',
  'system_error', 'user_editable_context', 'model_editable_context',
]);
const EVERYBODY = ['', 'all'];

type Doubts = Map<Doubt, string>;

function filesOf(source: Source): Entry[] {
  const only = onlyEntry(source);
  return only === null ? named(source, (parts) => FILE.test(baseName(parts))) : [only];
}

async function detect(source: Source): Promise<number> {
  const files = filesOf(source);
  for (const entry of files) {
    const found = (await sample(entry, 1)).get(null);
    if (isObject(found)) return isObject(found.get('mapping')) ? CERTAIN : 0;
  }
  const isExport = named(source, (parts) => ['chat.html', 'user.json'].includes(baseName(parts))).length > 0;
  return files.length > 0 && isExport ? LIKELY : 0;
}

async function* read(source: Source, options: ReadOptions): AsyncGenerator<Read, void> {
  const files = filesOf(source);
  yield* leftOut(source, files);
  for (const entry of files) {
    for await (const item of objects(entry, null)) {
      if ('is' in item) yield item;
      else yield* conversation(item.value, item.raw, options);
    }
  }
}

function* conversation(value: JsonObject, raw: string, options: ReadOptions): Generator<Read> {
  const mapping = fieldsOf(value.get('mapping'));
  const nodes = new Map([...mapping].filter((entry): entry is [string, JsonObject] => isObject(entry[1])));
  const doubts: Doubts = new Map();
  const paths = branches(parentsOf(nodes), textOf(value.get('current_node')));
  const spoken = paths
    .map((path) => path.flatMap((name) => spokenOf(name, nodes.get(name), doubts) ?? []))
    .filter((said) => said.length > 0);
  const made = new Set(spoken.flatMap((said) => said.map(({ id }) => id)));
  const rest = new Map([...mapping].filter(([name]) => !made.has(name)));
  const title = textOf(value.get('title'));
  const name = textOf(value.get('conversation_id')) || textOf(value.get('id')) || raw;
  const facts: Facts = {
    id: name,
    title,
    created: stampOf(value.get('create_time')),
    updated: stampOf(value.get('update_time')),
    item: asJson(withFields(value, { mapping: rest })),
    pinned: value.get('is_starred') === true,
    archived: value.get('is_archived') === true,
    helper: textOf(value.get('default_model_slug')) || null,
  };
  yield* makeBranches(NAME, facts, spoken, options);
  for (const node of mapping.keys()) if (!nodes.has(node)) yield skipped(`${title || name}, ${node}`, NO_OBJECT, 'message');
  for (const [doubt, detail] of doubts) yield note(title || name, doubt, detail);
}

/** The node before each node: the one that it names, or else the one that names it. */
function parentsOf(nodes: ReadonlyMap<string, JsonObject>): Map<string, string | null> {
  const naming = new Map<string, string>();
  for (const [name, node] of nodes) for (const child of listOf(node.get('children'))) naming.set(textOf(child), name);
  return new Map([...nodes].map(([name, node]) => [name, textOf(node.get('parent')) || (naming.get(name) ?? null)]));
}

/** The message of a node; null when there is nothing to read in it. */
function spokenOf(name: string, node: JsonObject | undefined, doubts: Doubts): Spoken | null {
  const message = fieldsOf(node?.get('message'));
  const [content, metadata] = [fieldsOf(message.get('content')), fieldsOf(message.get('metadata'))];
  const author = textOf(fieldsOf(message.get('author')).get('role'));
  const kind = textOf(content.get('content_type'));
  const text = textFrom(content, kind, doubts);
  if (node === undefined || !saysSomething(text)) return null;
  const role = ROLES.get(author);
  if (role === undefined) doubt(doubts, 'unknown_part', `a message of ${author || 'nobody'}`);
  const flags: string[] = [];
  if (['thoughts', 'reasoning_recap'].includes(kind)) flags.push('thinking');
  if (metadata.get('is_visually_hidden_from_conversation') === true) flags.push('hidden');
  const recipient = textOf(message.get('recipient'));
  return {
    // The settings of the tool are not what the writer said here.
    role: kind.endsWith('_editable_context') ? 'system' : role ?? 'system',
    text,
    at: stampOf(message.get('create_time')),
    id: name,
    item: asJson(node),
    sources: sourcesOf(content, metadata),
    toolCalls: EVERYBODY.includes(recipient) ? [] : [{ name: recipient }],
    flags,
  };
}

function textFrom(content: JsonObject, kind: string, doubts: Doubts): string {
  if (content.size > 0 && !KNOWN.has(kind)) doubt(doubts, 'unknown_part', kind || 'a message of no type');
  const found = [
    ...listOf(content.get('parts')).map((part) => partText(part, doubts)),
    ...listOf(content.get('thoughts')).flatMap((thought) => ['summary', 'content'].map((field) => textOf(fieldsOf(thought).get(field)))),
    ...FIELDS.map((field) => textOf(content.get(field))),
  ];
  return found.filter((text) => text !== '').join('\n\n');
}

function partText(part: JsonValue, doubts: Doubts): string {
  if (typeof part === 'string') return part;
  const fields = fieldsOf(part);
  const kind = textOf(fields.get('content_type'));
  // What was said in a spoken message.
  const text = textOf(fields.get('text'));
  if (text !== '') return text;
  if (fields.has('asset_pointer') || kind.endsWith('asset_pointer')) {
    doubt(doubts, 'file_left_out', kind);
    return `[${kind || 'file'}]`;
  }
  doubt(doubts, 'unknown_part', kind || 'a part of no type');
  return kind === '' ? '' : `[${kind}]`;
}

function sourcesOf(content: JsonObject, metadata: JsonObject): Readonly<Record<string, string>>[] {
  const cited = [
    ...listOf(metadata.get('citations')).map((each) => fieldsOf(fieldsOf(each).get('metadata'))),
    ...listOf(metadata.get('content_references')).map(fieldsOf),
    content,
  ];
  return cited.filter((each) => textOf(each.get('url')) !== '').map((each) => textsOf(each, ['title', 'url']));
}

/** Those of the fields that say something. */
export function textsOf(fields: JsonObject, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, textOf(fields.get(name))]).filter(([, text]) => text !== ''));
}

export function doubt(doubts: Doubts, kind: Doubt, detail: string): void {
  if (!doubts.has(kind)) doubts.set(kind, detail);
}

function stampOf(value: JsonValue | undefined): Stamp | null {
  return readTime(value, '', 'UTC');
}

export const READER = foreignReader({ name: NAME, detect, read });
