/**
 * Claude: `conversations.json`, or its batches, and `projects.json` in the zip of a data export. The twin of
 * vault/transfer/readers/claude.py. A project is a notebook, each of its documents a session in it. Branches are taken over as
 * with ChatGPT. Pasted attachments become sources; files are not in the export.
 */
import type { Role } from '../../core/model.ts';
import { objects, sample } from '../elements.ts';
import { leftOut, makeBranches, makeNotebook, makeSession, notebookId, type Facts, type Spoken } from '../foreign.ts';
import { asJson, fieldsOf, isObject, listOf, textOf, withFields, type JsonObject, type JsonValue } from '../json-values.ts';
import { CERTAIN, LIKELY, NO_OBJECT, foreignReader, note, skipped, type Read, type ReadOptions } from '../reading.ts';
import type { Doubt } from '../report.ts';
import { baseName, named, onlyEntry, type Entry, type Source } from '../sources.ts';
import { readTime, stampAt, type Stamp } from '../times.ts';
import { branches } from '../trees.ts';
import { doubt, textsOf } from './chatgpt.ts';

const NAME = 'claude';
const FILE = /^(?:conversations(-?batch)?(-?[0-9]{1,6})?\.json|conversations.*batch-[0-9]{1,6}(\.json)?)$/;
const ROLES: ReadonlyMap<string, Role> = new Map([['human', 'writer'], ['assistant', 'helper']]);
const BLOCKS = new Set(['text', 'thinking', 'tool_use', 'tool_result']);

type Texts = Readonly<Record<string, string>>;

function filesOf(source: Source): Entry[] {
  const only = onlyEntry(source);
  return only === null ? named(source, (parts) => parts.slice(-2).some((part) => FILE.test(part))) : [only];
}

function projectsOf(source: Source): Entry[] {
  return named(source, (parts) => baseName(parts) === 'projects.json');
}

async function detect(source: Source): Promise<number> {
  const files = filesOf(source);
  for (const entry of files) {
    const found = (await sample(entry, 1)).get(null);
    if (isObject(found)) return Array.isArray(found.get('chat_messages')) ? CERTAIN : 0;
  }
  const isExport = projectsOf(source).length > 0 || named(source, (parts) => baseName(parts) === 'users.json').length > 0;
  return files.length > 0 && isExport ? LIKELY : 0;
}

async function* read(source: Source, options: ReadOptions): AsyncGenerator<Read, void> {
  const known = new Set<string>();
  const projects = projectsOf(source);
  const conversations = filesOf(source).filter((entry) => !projects.includes(entry));
  yield* leftOut(source, [...projects, ...conversations]);
  for (const entry of projects) {
    for await (const item of objects(entry, null, 'notebook')) {
      if ('is' in item) yield item;
      else yield* newProject(item.value, known, options);
    }
  }
  for (const entry of conversations) {
    for await (const item of objects(entry, null)) {
      if ('is' in item) {
        yield item;
        continue;
      }
      const project = fieldsOf(item.value.get('project'));
      const name = textOf(project.get('uuid'));
      if (name !== '') yield* newProject(project, known, options);
      yield* conversation(item.value, item.raw, name, options);
    }
  }
}

function* newProject(project: JsonObject, known: Set<string>, options: ReadOptions): Generator<Read> {
  const name = textOf(project.get('uuid'));
  if (known.has(name)) return;
  known.add(name);
  const created = stampOf(project.get('created_at')) ?? stampAt(options.now);
  const notes = ['description', 'prompt_template'].map((field) => textOf(project.get(field))).filter((text) => text !== '').join('\n\n');
  const own = new Map([...project].filter(([field]) => field !== 'docs'));
  yield makeNotebook(NAME, name, textOf(project.get('name')), 'project', created, { notes, item: asJson(own) });
  for (const [place, value] of listOf(project.get('docs')).entries()) {
    const doc = fieldsOf(value);
    const text = textOf(doc.get('content'));
    const at = stampOf(doc.get('created_at')) ?? created;
    const facts: Facts = {
      id: `${name} ${textOf(doc.get('uuid')) || place}`, title: textOf(doc.get('filename')), created: at, notebook: notebookId(NAME, name),
    };
    const spoken: Spoken[] = text === '' ? [] : [{ role: 'system', text, at, item: asJson(withFields(doc, { content: null })) }];
    yield* makeSession(NAME, facts, spoken, options);
  }
}

function* conversation(value: JsonObject, raw: string, project: string, options: ReadOptions): Generator<Read> {
  const messages = new Map<string, JsonObject>();
  const odd = new Map<number, JsonValue>();
  for (const [place, message] of listOf(value.get('chat_messages')).entries()) {
    if (!isObject(message)) {
      odd.set(place, message);
      continue;
    }
    const given = textOf(message.get('uuid'));
    messages.set(given !== '' && !messages.has(given) ? given : `${given} ${place}`, message);
  }
  const doubts = new Map<Doubt, string>();
  const spoken = pathsOf(messages)
    .map((path) => path.flatMap((name) => [...spokenOf(name, fieldsOf(messages.get(name)), doubts)]))
    .filter((said) => said.length > 0);
  const made = new Set(spoken.flatMap((said) => said.map(({ id }) => id)));
  const rest = [...[...messages].filter(([name]) => !made.has(name)).map(([, message]) => message), ...odd.values()];
  const title = textOf(value.get('name'));
  const name = textOf(value.get('uuid')) || raw;
  const facts: Facts = {
    id: name,
    title,
    created: stampOf(value.get('created_at')),
    updated: stampOf(value.get('updated_at')),
    item: asJson(withFields(value, { chat_messages: rest })),
    notebook: project === '' ? null : notebookId(NAME, project),
    pinned: value.get('is_starred') === true,
  };
  yield* makeBranches(NAME, facts, spoken, options);
  for (const place of odd.keys()) yield skipped(`${title || name}, message ${place + 1}`, NO_OBJECT, 'message');
  for (const [kind, detail] of doubts) yield note(title || name, kind, detail);
}

/** The branches; one path in the order of the file where no message names the one before it. */
function pathsOf(messages: ReadonlyMap<string, JsonObject>): string[][] {
  const parents = new Map([...messages].map(([name, message]) => [name, textOf(message.get('parent_message_uuid')) || null]));
  const isLinked = [...parents.values()].some((parent) => parent !== null && messages.has(parent));
  return isLinked ? branches(parents, null) : [[...messages.keys()]];
}

/** What a message says, its thinking before it as a message of its own; nothing when there is nothing in it. */
function* spokenOf(name: string, message: JsonObject, doubts: Map<Doubt, string>): Generator<Spoken> {
  const blocks = listOf(message.get('content')).map(fieldsOf);
  const texts = blocks.filter((block) => block.get('type') === 'text').map((block) => textOf(block.get('text'))).filter((text) => text !== '');
  const thoughts = blocks.filter((block) => block.get('type') === 'thinking').map((block) => textOf(block.get('thinking'))).filter((text) => text !== '');
  const calls = [...callsOf(blocks)];
  const sources = [...attachmentsOf(message), ...citationsOf(blocks)];
  const sender = textOf(message.get('sender'));
  const [role, at] = [ROLES.get(sender) ?? 'system', stampOf(message.get('created_at'))];
  for (const kind of blocks.map((block) => textOf(block.get('type')))) {
    if (!BLOCKS.has(kind)) doubt(doubts, 'unknown_part', kind || 'a part of no type');
  }
  if (!ROLES.has(sender)) doubt(doubts, 'unknown_part', `a message of ${sender || 'nobody'}`);
  if (listOf(message.get('files')).length > 0) doubt(doubts, 'file_left_out', 'files of a message');
  const text = texts.join('\n\n') || textOf(message.get('text'));
  const saysMore = text !== '' || calls.length > 0 || sources.length > 0;
  if (thoughts.length > 0) {
    yield { role, text: thoughts.join('\n\n'), at, id: name, item: saysMore ? '' : asJson(message), flags: ['thinking'] };
  }
  if (saysMore) yield { role, text, at, id: name, item: asJson(message), sources, toolCalls: calls };
}

/** Each use of a tool with its result; a result without its use stands by itself. */
function* callsOf(blocks: readonly JsonObject[]): Generator<Texts> {
  const results = new Map<string, JsonObject>();
  for (const block of blocks) if (block.get('type') === 'tool_result') results.set(textOf(block.get('tool_use_id')), block);
  for (const block of blocks) {
    if (block.get('type') !== 'tool_use') continue;
    const id = textOf(block.get('id'));
    yield callOf(textOf(block.get('name')), block.get('input'), fieldsOf(results.get(id)));
    results.delete(id);
  }
  for (const block of results.values()) yield callOf(textOf(block.get('name')), null, block);
}

function callOf(name: string, given: JsonValue | undefined, result: JsonObject): Texts {
  const content = result.get('content');
  const output = listOf(content).map((part) => textOf(fieldsOf(part).get('text')));
  const told = output.filter((text) => text !== '').join('\n\n') || textOf(content);
  return { name: name || 'tool', input: given === null || given === undefined ? '' : asJson(given), output: told };
}

function* attachmentsOf(message: JsonObject): Generator<Texts> {
  for (const attachment of listOf(message.get('attachments')).map(fieldsOf)) {
    yield { title: textOf(attachment.get('file_name')) || 'attachment', text: textOf(attachment.get('extracted_content')) };
  }
}

function* citationsOf(blocks: readonly JsonObject[]): Generator<Texts> {
  for (const cited of blocks.flatMap((block) => listOf(block.get('citations')).map(fieldsOf))) {
    const texts = textsOf(cited, ['title', 'url']);
    if (Object.keys(texts).length > 0) yield texts;
  }
}

function stampOf(value: JsonValue | undefined): Stamp | null {
  return readTime(value, '', 'UTC');
}

export const READER = foreignReader({ name: NAME, detect, read });
