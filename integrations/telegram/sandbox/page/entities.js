// Formatted text as DOM nodes; offsets are UTF-16 code units, which is what JavaScript strings are made of.
import { element, language } from "./words.js";

const tags = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre" };

export function formatted(text, entities = []) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const holder = document.createDocumentFragment();
  build(holder, text, ordered, 0, text.length);
  return holder;
}

function build(parent, text, entities, from, to) {
  let position = from;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const end = Math.min(entity.offset + entity.length, to);
    parent.append(text.slice(position, entity.offset));
    const inner = [];
    index += 1;
    while (index < entities.length && entities[index].offset < end) inner.push(entities[index++]);
    const node = open(entity, text.slice(entity.offset, end));
    if (entity.type !== "date_time") build(node, text, inner, entity.offset, end);
    parent.append(node);
    // A quotation is a block, so the line break after it would only make a hole.
    position = node.tagName === "BLOCKQUOTE" && text[end] === "\n" ? end + 1 : end;
  }
  parent.append(text.slice(position, to));
}

function open(entity, text) {
  if (entity.type in tags) return element(tags[entity.type]);
  if (entity.type === "spoiler") {
    const node = element("span", "spoiler");
    node.onclick = () => node.classList.add("seen");
    return node;
  }
  if (entity.type === "blockquote") return element("blockquote");
  if (entity.type === "expandable_blockquote") {
    const node = element("blockquote", "folded");
    node.onclick = () => node.classList.toggle("folded");
    return node;
  }
  if (entity.type === "text_link" || entity.type === "url" || entity.type === "email") {
    return link(entity.type === "email" ? `mailto:${text}` : entity.url ?? (text.includes("://") ? text : `https://${text}`));
  }
  if (entity.type === "date_time") return moment(entity, text);
  if (["mention", "hashtag", "bot_command", "text_mention", "phone_number"].includes(entity.type)) {
    return element("span", "word");
  }
  return element("span");
}

export function link(url) {
  const node = element("a");
  if (/^(https?|mailto|tel|tg):/i.test(url)) node.href = url;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  return node;
}

function moment(entity, text) {
  const node = element("time", "", text);
  const when = new Date(entity.unix_time * 1000);
  node.dateTime = when.toISOString();
  node.title = when.toLocaleString();
  node.dataset.unix = entity.unix_time;
  node.dataset.format = entity.date_time_format ?? "";
  return node;
}

const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

// Times are shown again and again: relative ones move by themselves, by the clock of the sandbox.
export function refreshTimes(root, now) {
  for (const node of root.querySelectorAll("time[data-unix]")) {
    const when = Number(node.dataset.unix);
    const format = node.dataset.format;
    if (format === "r") {
      const away = Math.round(when - now);
      const [unit, size] = units.find(([, size]) => Math.abs(away) >= 0.95 * size) ?? units[3];
      node.textContent = relative.format(Math.round(away / size), unit);
    } else if (format) {
      node.textContent = new Date(when * 1000).toLocaleString(language, {
        weekday: format.includes("w") ? "short" : undefined,
        dateStyle: undefined,
        day: /[dD]/.test(format) ? "numeric" : undefined,
        month: format.includes("D") ? "long" : format.includes("d") ? "2-digit" : undefined,
        year: /[dD]/.test(format) ? "numeric" : undefined,
        hour: /[tT]/.test(format) ? "2-digit" : undefined,
        minute: /[tT]/.test(format) ? "2-digit" : undefined,
        second: format.includes("T") ? "2-digit" : undefined,
      });
    }
  }
}
