/*
 * /widget.js: the bubble. A page embeds it as
 *   <script src="https://crm.example/widget.js" async data-domain="example" data-title="…"></script>
 * It stores nothing and asks the network for nothing until the visitor opens the chat, or unless a
 * conversation is stored from an earlier visit; then it fetches the chat chunk and hands over.
 *
 * data-domain    the CRM's base domain (required; or <meta name="traincape-domain">)
 * data-server    origin of the server (default: where this script comes from)
 * data-title, data-greeting, data-color (#rgb or #rrggbb), data-lang
 *
 * A classic script: it may hold import(), but no static import of anything the chat chunk has too.
 */
import type { Chat, Config, Shell } from '../shell.ts';
import { loaderStrings as texts } from '../strings/en/loader.ts';
import css from './bubble.css?inline';

/** The chat chunk's address beside this script; the build fills it in (vite.config.ts). */
declare const __CHAT_CHUNK__: string;

(() => {
  const script = document.currentScript as HTMLScriptElement | null;
  const data = script?.dataset ?? {};
  const domain = data.domain ?? document.querySelector<HTMLMetaElement>('meta[name=traincape-domain]')?.content ?? '';
  if (!/^[\w.-]+$/.test(domain)) {
    console.error('TrainCape chat: the script tag needs data-domain="your.crm.domain".');
    return;
  }
  const config: Config = {
    domain,
    server: new URL(data.server ?? script!.src, location.href).origin,
    title: data.title ?? texts.title,
    greeting: data.greeting ?? texts.greeting,
    language: languageTag(data.lang, document.documentElement.lang) ?? navigator.language,
    prefix: `traincape:${domain}:`,
  };

  const host = document.createElement('traincape-chat');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css + colors(data.color ?? ''));
  root.adoptedStyleSheets = [sheet];

  const mount = document.createElement('div');
  const badge = document.createElement('span');
  badge.className = 'badge';
  badge.ariaHidden = 'true';
  badge.hidden = true;
  const bubble = document.createElement('button');
  bubble.className = 'bubble';
  bubble.type = 'button';
  bubble.ariaExpanded = 'false';
  bubble.ariaHasPopup = 'dialog';
  bubble.append(
    icon('talk', 'M12 3C6.5 3 2 6.8 2 11.5c0 2.3 1.1 4.4 2.9 5.9L4 21.5l4.6-2.1c1.1.3 2.2.5 3.4.5 5.5 0 10-3.7 10-8.4S17.5 3 12 3Z'),
    icon('close', 'm6 9 6 6 6-6'),
    badge,
  );
  const trouble = document.createElement('p');
  trouble.className = 'trouble';
  trouble.role = 'status';
  root.append(mount, trouble, bubble);
  name(texts.open);

  let chat: Promise<Chat> | undefined;
  bubble.addEventListener('click', () => {
    bubble.classList.add('busy');
    trouble.textContent = '';
    load().then(
      (started) => started.toggle(),
      () => {
        chat = undefined;
        trouble.textContent = texts.failed;
      },
    ).finally(() => bubble.classList.remove('busy'));
  });
  if (document.body) show();
  else addEventListener('DOMContentLoaded', show);

  function show(): void {
    // A page that embeds us twice has one bubble.
    if (document.querySelector(host.localName)) return;
    document.body.append(host);
    try {
      if (localStorage.getItem(`${config.prefix}started`)) load().catch(() => (chat = undefined));
    } catch {
      // No storage, no stored conversation.
    }
  }

  function load(): Promise<Chat> {
    const shell: Shell = { config, root, mount, update, focusBubble: () => bubble.focus() };
    // Absolute: HTML gives a script of another origin about:blank as its base, so that "./" leads nowhere there.
    const chunk = new URL(__CHAT_CHUNK__, script!.src).href;
    return (chat ??= import(/* @vite-ignore */ chunk).then((chunk: typeof import('../widget/chat.tsx')) => chunk.startChat(shell)));
  }

  function update(count: number, label: string, open: boolean): void {
    badge.hidden = count === 0 || open;
    badge.textContent = count > 9 ? '9+' : String(count);
    bubble.ariaExpanded = String(open);
    bubble.classList.toggle('open', open);
    name(label);
  }

  function name(label: string): void {
    bubble.ariaLabel = label;
    bubble.title = label;
  }

  function icon(kind: string, path: string): SVGElement {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('class', kind);
    svg.ariaHidden = 'true';
    const line = document.createElementNS(svg.namespaceURI, 'path') as SVGElement;
    line.setAttribute('d', path);
    svg.append(line);
    return svg;
  }

  /** The first that is a BCP 47 tag; websites also write `en_US`, which Intl throws at. */
  function languageTag(...candidates: (string | undefined)[]): string | undefined {
    for (const candidate of candidates) {
      try {
        const [tag] = Intl.getCanonicalLocales(candidate?.trim().replace(/_/g, '-'));
        if (tag) return tag;
      } catch {
        // The next one.
      }
    }
    return undefined;
  }

  /** The page's colour with black or white on it, whichever reads better (WCAG contrast). */
  function colors(color: string): string {
    const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(color)?.[1];
    if (!hex) return '';
    const [r = 0, g = 0, b = 0] = (hex.length === 3 ? hex.replace(/./g, '$&$&') : hex).match(/../g)!.map((pair) => {
      const part = parseInt(pair, 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return `:host{--accent:#${hex}!important;--on-accent:${light > 0.179 ? '#000' : '#fff'}!important}`;
  }
})();
