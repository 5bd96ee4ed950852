// Parses and draws every Mermaid block of a Markdown file in a real browser; prints the number of drawn task labels.
// Arguments: the folder with node_modules, the browser, the Markdown file.
const [, , tools, browser, file] = process.argv;
const fs = require("fs");
const path = require("path");
const { chromium } = require(path.join(tools, "node_modules", "playwright-core"));
(async () => {
  const blocks = [...fs.readFileSync(file, "utf8").matchAll(/```mermaid\n([\s\S]*?)```/g)].map((m) => m[1]);
  const run = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] });
  const page = await run.newPage();
  const asked = [];
  page.on("request", (r) => asked.push(r.url()));
  await page.setContent("<body></body>");
  await page.addScriptTag({ path: path.join(tools, "node_modules", "mermaid", "dist", "mermaid.min.js") });
  const drawn = [];
  for (const block of blocks) {
    drawn.push(
      await page.evaluate(async (text) => {
        window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
        await window.mermaid.parse(text);
        const { svg } = await window.mermaid.render("g" + Math.random().toString(36).slice(2), text);
        const holder = document.createElement("div");
        holder.innerHTML = svg;
        const labels = [...holder.querySelectorAll("text")].map((t) => t.textContent);
        return { labels, scripts: holder.querySelectorAll("script").length };
      }, block)
    );
  }
  await run.close();
  console.log(JSON.stringify({ blocks: blocks.length, drawn, asked }));
})().catch((e) => {
  console.error(String(e));
  process.exit(1);
});
