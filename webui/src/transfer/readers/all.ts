/** Every reader; a new one is a file beside this one and a line in it. */
import type { Reader } from '../reading.ts';
import { READER as chat } from './chat.ts';
import { READER as chatgpt } from './chatgpt.ts';
import { READER as claude } from './claude.ts';
import { READER as dayone } from './dayone.ts';
import { READER as inkvaultBackup } from './inkvault-backup.ts';
import { READER as inkvaultJson } from './inkvault-json.ts';
import { READER as jrnl } from './jrnl.ts';
import { READER as markdown } from './markdown.ts';
import { READER as pdf } from './pdf.ts';
import { READER as standardnotes } from './standardnotes.ts';

export const READERS: readonly Reader[] = [inkvaultJson, inkvaultBackup, pdf, chatgpt, claude, dayone, jrnl, standardnotes, markdown, chat];
