// Pages enter by name, what a browser makes of them leaves as JSON, and a PDF of each report in A4 and Letter.
// node look.mjs TOOLS FOLDER NAME...: TOOLS is the folder of the tools, FOLDER has NAME.html.
import { createRequire } from 'node:module';
import path from 'node:path';

const [, , tools, folder, ...names] = process.argv;
const require = createRequire(path.join(tools, '..', 'node_modules', 'from-here.js'));
const { chromium } = require('playwright-core');
const axe = require('axe-core').source;

const SIZES = [
  { size: 'phone', viewport: { width: 375, height: 812 }, media: { colorScheme: 'light', media: 'screen' } },
  { size: 'laptop', viewport: { width: 1280, height: 800 }, media: { colorScheme: 'dark', media: 'screen' } },
  { size: 'print', viewport: { width: 794, height: 1123 }, media: { colorScheme: 'light', media: 'print' } },
];

const browser = await chromium.launch({
  executablePath: path.join(tools, 'chromium'),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const found = [];

// A page is opened once and then looked at in each size.
async function look(name) {
  const file = 'file://' + path.join(folder, `${name}.html`);
  const context = await browser.newContext();
  const page = await context.newPage();
  const fetched = [], dialogs = [], said = [];
  page.on('request', (request) => { if (request.url() !== file) fetched.push(request.url()); });
  page.on('dialog', (dialog) => { dialogs.push(dialog.message()); dialog.dismiss(); });
  page.on('console', (message) => said.push(message.text()));
  await page.setViewportSize(SIZES[0].viewport);
  await page.goto(file);
  const scripts = await page.evaluate(
    () => document.scripts.length + document.querySelectorAll('img, iframe, object, embed, link, form, a[href]').length);
  for (const format of name.endsWith('-report') ? ['A4', 'Letter'] : []) {
    await page.pdf({ path: path.join(folder, `${name}-${format}.pdf`), format });
  }
  // Given to the page by the driver, which its content security policy does not concern.
  await page.evaluate(axe);
  for (const { size, viewport, media } of SIZES) {
    await page.setViewportSize(viewport);
    await page.emulateMedia(media);
    const seen = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      text: document.body.innerText,
      // What has to be moved sideways to be read.
      hidden: [...document.querySelectorAll('.scroll')].filter((part) => part.scrollWidth > part.clientWidth + 1)
        .map((part) => part.getAttribute('aria-labelledby') || part.getAttribute('aria-label')),
      // A date in two lines.
      broken: [...document.querySelectorAll('.d')].filter((part) => {
        const range = document.createRange();
        range.selectNodeContents(part);
        const tops = [...range.getClientRects()].map((line) => line.top);
        return Math.max(...tops) - Math.min(...tops) > 12;
      }).map((part) => part.innerText),
    }));
    const violations = await page.evaluate(async () => {
      const options = { resultTypes: ['violations'], preload: false };
      const { violations } = await window.axe.run(document, options);
      return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
    });
    found.push({ name, size, room: viewport.width, fetched, dialogs, said, violations, scripts, ...seen });
  }
  await context.close();
}

const work = names.map((name) => () => look(name));
await Promise.all([0, 1].map(async () => { for (let next = work.shift(); next; next = work.shift()) await next(); }));
await browser.close();
console.log(JSON.stringify(found));
