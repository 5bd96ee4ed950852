// Pages enter by name, what a browser makes of them leaves as JSON, and a PDF of each in A4 and Letter.
// node look.mjs TOOLS FOLDER NAME...: TOOLS is the folder of the tools, FOLDER has NAME.html.
import { createRequire } from 'node:module';
import path from 'node:path';

const [, , tools, folder, ...names] = process.argv;
const require = createRequire(path.join(tools, '..', 'node_modules', 'from-here.js'));
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

const SIZES = [
  { size: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { size: 'laptop', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { size: 'print', viewport: { width: 794, height: 1123 }, colorScheme: 'light' },
];

const browser = await chromium.launch({
  executablePath: path.join(tools, 'chromium'),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const found = [];

async function look(name, { size, viewport, colorScheme }) {
  const file = 'file://' + path.join(folder, `${name}.html`);
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  const fetched = [], dialogs = [], said = [];
  page.on('request', (request) => { if (request.url() !== file) fetched.push(request.url()); });
  page.on('dialog', (dialog) => { dialogs.push(dialog.message()); dialog.dismiss(); });
  page.on('console', (message) => said.push(message.text()));
  if (size === 'print') await page.emulateMedia({ media: 'print' });
  await page.goto(file);
  const seen = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    scripts: document.scripts.length + document.querySelectorAll('img, iframe, object, embed, link, form, a[href]').length,
    text: document.body.innerText,
  }));
  const axe = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  const violations = axe.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
  if (size === 'laptop') {
    for (const format of ['A4', 'Letter']) await page.pdf({ path: path.join(folder, `${name}-${format}.pdf`), format });
  }
  found.push({ name, size, room: viewport.width, fetched, dialogs, said, violations, ...seen });
  await context.close();
}

const work = names.flatMap((name) => SIZES.map((size) => () => look(name, size)));
await Promise.all([0, 1, 2].map(async () => { for (let next = work.shift(); next; next = work.shift()) await next(); }));
await browser.close();
console.log(JSON.stringify(found));
