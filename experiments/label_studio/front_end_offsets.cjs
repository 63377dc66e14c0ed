// What does Label Studio's own front end write for a selection after an emoji?
// node front_end_offsets.cjs STATIC_FOLDER_OF_LABEL_STUDIO   (jsdom must be installed where node finds it)
// Cuts the classes that turn a browser selection into offsets out of the bundle and runs them under jsdom.
const fs = require("fs");
const path = require("path");
const { JSDOM } = require("jsdom");

const folder = process.argv[2];
const bundle = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith(".js"))
  .map((name) => fs.readFileSync(path.join(folder, name), "utf8"))
  .find((code) => code.includes("getGlobalOffsetByRelative(") && code.includes("findProjectionOnDisplayedText("));

const first = bundle.lastIndexOf("class ", bundle.indexOf("getContent("));
const last = bundle.lastIndexOf("class ", bundle.indexOf("initDataMap()", bundle.indexOf("findProjectionOnDisplayedText(")));
let depth = 0;
let end = bundle.indexOf("{", last);
do {
  if (bundle[end] === "{") depth += 1;
  if (bundle[end] === "}") depth -= 1;
  end += 1;
} while (depth > 0);
const code = bundle.slice(first, end);
const manager = /^class (\w+)/.exec(bundle.slice(last))[1];
const helpers = new Set([...code.matchAll(/\(0,(\w+)\.(?:isDefined|flatten)\)/g)].map((match) => match[1]));

const { window } = new JSDOM("<!doctype html><div id=root></div>");
const { document, NodeFilter, Node, Range, HTMLIFrameElement } = window;
const helper = { isDefined: (value) => value !== null && value !== undefined, flatten: (lists) => lists.flat() };
const names = ["window", "document", "NodeFilter", "Node", "Range", "HTMLIFrameElement", ...helpers];
const values = [window, document, NodeFilter, Node, Range, HTMLIFrameElement, ...[...helpers].map(() => helper)];
const Manager = new Function(...names, `${code}; return ${manager};`)(...values);

const results = [];
for (const [text, words] of [
  ["We will come after the shelling stops.", "after the shelling stops"],
  ["🕊️ We will come 🙂 after the 🔥 stops.", "after the 🔥 stops"],
  ["🕊️ Two lines.\nThe second 🙂 says after the 🔥 stops.", "after the 🔥 stops"],
]) {
  const root = document.getElementById("root");
  root.replaceChildren(); // lines as the front end renders them: a span each, <br> between
  for (const line of text.split("\n")) {
    if (root.childNodes.length) root.append(document.createElement("br"));
    const span = document.createElement("span");
    span.textContent = line;
    root.append(span);
  }
  const node = root.lastChild.firstChild;
  const range = document.createRange();
  range.setStart(node, node.data.indexOf(words)); // a browser's selection counts UTF-16 units
  range.setEnd(node, node.data.indexOf(words) + words.length);
  const found = new Manager(root);
  const [start, stop] = found.rangeToGlobalOffset(range);
  results.push({ text, words, start, end: stop, reads: found.getText(start, stop) });
}
console.log(JSON.stringify(results));
