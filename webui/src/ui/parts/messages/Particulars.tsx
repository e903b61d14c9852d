import type { VNode } from 'preact';
import type { MessageView, Particulars as Fields } from '../../../client/vault.ts';
import { counted } from '../notebooks/labels.ts';

/** What came with a message: flags, sources and calls of tools. Shown as text; nothing of it is fetched. */
export function Particulars({ message: { flags, sources, toolCalls } }: { readonly message: MessageView }): VNode | null {
  if (flags.length + sources.length + toolCalls.length === 0) return null;
  return (
    <div class="particulars">
      {flags.length > 0 && <ul class="flags" aria-label="Flags">{flags.map((flag) => <li key={flag} class="tag" dir="auto">{flag}</li>)}</ul>}
      {sources.length > 0 && (
        <details class="folded">
          <summary>{counted(sources.length, 'source')}</summary>
          <ol class="sources">{sources.map((source, index) => <li key={index}><Source source={source} /></li>)}</ol>
        </details>
      )}
      {toolCalls.length > 0 && (
        <details class="folded">
          <summary>{counted(toolCalls.length, 'tool call')}</summary>
          {toolCalls.map((call, index) => <ToolCall key={index} call={call} />)}
        </details>
      )}
    </div>
  );
}

function Source({ source }: { readonly source: Fields }): VNode {
  const { title = '', url = '', text = '' } = source;
  const name = title === '' ? url : title;
  return (
    <>
      {isWeb(url)
        ? <a href={url} target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer" dir="auto">{name}</a>
        : <span dir="auto">{name}</span>}
      {url !== '' && url !== name && <span class="source-url">{url}</span>}
      {text !== '' && <blockquote dir="auto">{text}</blockquote>}
    </>
  );
}

/** Anything else, `javascript:` above all, is shown and not linked. */
function isWeb(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function ToolCall({ call: { name = '', input = '', output = '' } }: { readonly call: Fields }): VNode {
  return (
    <div class="tool-call">
      <p class="version-when" dir="auto">{name}</p>
      {input !== '' && <><p class="visually-hidden">Input</p><pre class="mono" dir="auto" tabIndex={0}>{input}</pre></>}
      {output !== '' && <><p class="visually-hidden">Output</p><pre class="mono" dir="auto" tabIndex={0}>{output}</pre></>}
    </div>
  );
}
