/*
 * The only place where text becomes a document. Used by Strophe (see tools/strophe-parts.ts).
 *
 * A page may demand Trusted Types (CSP: require-trusted-types-for 'script'; trusted-types traincape).
 * The policy passes text on unchanged, and is safe because its output goes nowhere but into an XML parse:
 * the result is a document without a window, whose nodes are read and never put into the page.
 */
interface Policy {
  createHTML(text: string): string;
}
declare global {
  interface Window {
    trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
  }
}

const policy: Policy = window.trustedTypes?.createPolicy('traincape', { createHTML: (text) => text }) ?? {
  createHTML: (text) => text,
};

export class XmlParser {
  /** Parses as XML whatever `type` says: Strophe asks for text/xml, and HTML is never wanted. */
  parseFromString(text: string, _type: string): Document {
    return new DOMParser().parseFromString(policy.createHTML(text), 'text/xml');
  }
}
