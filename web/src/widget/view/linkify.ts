/* Finds http and https links in a text; nothing else is ever made clickable. */
export interface Part {
  text: string;
  href?: string;
}

export function linkify(body: string): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const { 0: match, index } of body.matchAll(/\bhttps?:\/\/[^\s<>"'`]+/gi)) {
    const link = trimEnd(match);
    if (!URL.canParse(link)) continue;
    if (index > done) parts.push({ text: body.slice(done, index) });
    parts.push({ text: link, href: new URL(link).href });
    done = index + link.length;
  }
  if (done < body.length) parts.push({ text: body.slice(done) });
  return parts;
}

/** Without the punctuation that ends a sentence, and without a bracket that was opened before the link. */
function trimEnd(link: string): string {
  for (;;) {
    const last = link.at(-1)!;
    const opener = { ')': '(', ']': '[', '}': '{' }[last];
    const loose = opener ? link.split(last).length > link.split(opener).length : /[.,;:!?…*_~]/.test(last);
    if (!loose) return link;
    link = link.slice(0, -1);
  }
}
