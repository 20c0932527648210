// Which language, and how the page wants the chat.
const script = document.currentScript;
if (!script || window.gembaChat) return;
const server = new URL(script.src).origin;
const data = script.dataset;
const language = [data.lang, document.documentElement.lang, navigator.language, ours.locale]
  .map((tag) => (tag || "").slice(0, 2).toLowerCase())
  .find((tag) => tag in ours.texts);
const say = Object.fromEntries(ours.labels.map((label, at) => [label, ours.texts[language][at]]));
const required = (data.require ?? "contact").split(/[\s,]+/);
const LONGEST = 4000;
const LONGEST_CAPTION = 1000;
