/*
 * The last step of the build: says whose code is in it (licences.txt), checks what was made, compresses it, prints the sizes.
 *
 * Beside each text file it writes FILE.br and FILE.gz, which the server sends as they are. An .html
 * file with {{CRM_DOMAIN}} in it is left alone: the server fills that in, so it has no fixed bytes.
 * Exit 1 when a size limit is passed or a file says what it must not say.
 */
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TEXT = /\.(js|css|html|svg|json|txt|webmanifest)$/;
const LIMITS = [
  { what: 'loader', file: /^widget\.js$/, gzip: 3 * 1024 },
  { what: 'chat chunk', file: /^widget\/chat-[^/]*\.js$/, gzip: 30 * 1024 },
];

const onlySizes = process.argv.includes('--sizes-only');
const problems: string[] = [];
if (!onlySizes) writeFileSync(`${DIST}licences.txt`, licences());
const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((file) => TEXT.test(file)).sort();

for (const file of files) {
  const bytes = readFileSync(DIST + file);
  const gz = gzipSync(bytes, { level: 9 });
  const br = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  console.log(`${file.padEnd(36)} ${kb(bytes.length)} ${kb(gz.length)} gzip ${kb(br.length)} br`);
  check(file, bytes.toString('utf8'));
  if (!onlySizes && !(file.endsWith('.html') && bytes.includes('{{CRM_DOMAIN}}'))) {
    writeFileSync(`${DIST}${file}.gz`, gz);
    writeFileSync(`${DIST}${file}.br`, br);
  }
  for (const limit of LIMITS) {
    if (limit.file.test(file) && gz.length > limit.gzip) {
      problems.push(`${limit.what} ${file} is ${gz.length} bytes gzip; at most ${limit.gzip} are allowed`);
    }
  }
}
for (const limit of LIMITS) {
  const found = files.filter((file) => limit.file.test(file)).length;
  if (found !== 1) problems.push(`${limit.what}: expected one file, found ${found}`);
}
for (const problem of problems) console.error(`build: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function check(file: string, text: string): void {
  if (text.includes('sourceMappingURL')) problems.push(`${file} points to a source map`);
  if (text.includes(WEB)) problems.push(`${file} holds a path of this machine`);
  // A classic script: one import() is fine, a static import or export is a syntax error.
  if (file === 'widget.js' && /(^|[;}\s])(export\b|import[\s{"'*])/.test(text)) problems.push('widget.js is not a classic script');
  // Importing the loader from the chunk would run it a second time.
  if (file.startsWith('widget/') && text.includes('widget.js"')) problems.push(`${file} imports the loader`);
}

function kb(bytes: number): string {
  return `${(bytes / 1024).toFixed(2)} KB`.padStart(10);
}

/** Of each package whose code is in the bundles, its licence in its own words, as those words demand. */
function licences(): string {
  const names = ['.'];
  for (const name of names) {
    const { dependencies = {} } = JSON.parse(readFileSync(`${folderOf(name)}package.json`, 'utf8')) as { dependencies?: object };
    names.push(...Object.keys(dependencies).filter((each) => !names.includes(each)));
  }
  return names.slice(1).sort().map((name) => `${name}\n\n${licenceOf(name)}`).join(`\n${'-'.repeat(72)}\n\n`);
}

function folderOf(name: string): string {
  return name === '.' ? WEB : `${WEB}node_modules/${name}/`;
}

function licenceOf(name: string): string {
  const file = readdirSync(folderOf(name)).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  if (file) return readFileSync(folderOf(name) + file, 'utf8');
  problems.push(`${name} has no licence file`);
  return '';
}
