// One message of a chat as DOM nodes.
import { formatted, link } from "./entities.js";
import { element, language, words } from "./words.js";

const quick = ["👍", "❤", "🔥", "👀", "👎"];

export function name(user) {
  return [user.first_name, user.last_name].filter(Boolean).join(" ");
}

export function brief(message) {
  const text = message.text ?? message.caption ?? service(message) ?? words[message.kind] ?? message.kind ?? "…";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function service(message) {
  if (message.new_chat_members) return `${words.entered} ${message.new_chat_members.map(name).join(", ")}`;
  if (message.left_chat_member) return `${words.left} ${name(message.left_chat_member)}`;
  if (message.forum_topic_created) return `${words.opened} ${message.forum_topic_created.name}`;
  if (message.forum_topic_edited) return `${words.renamed} ${message.forum_topic_edited.name ?? ""}`;
  if (message.forum_topic_closed) return words.topicClosed;
  if (message.forum_topic_reopened) return words.reopened;
  if (message.kind === "pinned_message") return words.pinned;
  if (message.group_chat_created || message.supergroup_chat_created) return words.created;
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return words.upgraded;
  return undefined;
}

export function draw(message, person, act) {
  const told = service(message);
  if (told !== undefined) return element("div", "service", told);
  const own = message.from.id === person;
  const bubble = element("article", own ? "bubble own" : "bubble");
  bubble.dataset.message = message.message_id;
  if (!own) bubble.append(element("div", "from", name(message.from) + (message.from.is_bot ? ` · ${words.bot}` : "")));
  if (message.forward_origin) bubble.append(element("div", "quote", `↪ ${name(message.forward_origin.sender_user ?? {})}`));
  const replied = message.reply_to_message;
  if (replied && !replied.forum_topic_created) bubble.append(element("div", "quote", brief(replied)));
  bubble.append(...contents(message));
  const text = element("div", "text");
  text.append(formatted(message.text ?? message.caption ?? "", message.entities ?? message.caption_entities));
  if (text.textContent) bubble.append(text);
  bubble.append(...reactions(message));
  const time = new Date(message.date * 1000).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  bubble.append(element("div", "meta", message.edit_date ? `${words.edited} ${time}` : time));
  if (message.reply_markup) bubble.append(buttons(message, act));
  bubble.append(tools(message, act));
  return bubble;
}

function contents(message) {
  const source = (file) => `/sandbox/file/${encodeURIComponent(file.file_id)}`;
  if (message.photo || message.sticker) {
    const image = element("img");
    image.src = source(message.sticker ?? message.photo.at(-1));
    image.alt = message.sticker?.emoji ?? "";
    if (message.photo) [image.width, image.height] = [message.photo.at(-1).width, message.photo.at(-1).height];
    image.style.height = "auto";
    return message.sticker ? [element("div", "sticker", message.sticker.emoji ?? "🖼")] : [image];
  }
  for (const [kind, sign] of [["document", "📄"], ["voice", "🎤"], ["audio", "🎵"], ["video", "🎬"], ["video_note", "⏺"]]) {
    const file = message[kind];
    if (!file) continue;
    const node = link(new URL(source(file), location.href).href);
    node.className = "file";
    node.textContent = `${sign} ${file.file_name ?? kind} · ${Math.max(1, Math.round(file.file_size / 1024))} KB`;
    return [node];
  }
  if (message.contact) {
    const { first_name: first, last_name: last, phone_number: phone } = message.contact;
    return [element("div", "file", `👤 ${[first, last].filter(Boolean).join(" ")} ${phone}`)];
  }
  if (message.location) {
    return [element("div", "file", `📍 ${message.location.latitude}, ${message.location.longitude}`)];
  }
  if (message.poll) return [element("div", "file", `📊 ${message.poll.question}`)];
  if (message.dice) return [element("div", "sticker", message.dice.emoji), element("div", "file", message.dice.value)];
  for (const kind of ["story", "checklist", "game", "invoice", "paid_media", "giveaway"]) {
    if (message[kind]) return [element("div", "file", `✉ ${kind.replace("_", " ")}`)];
  }
  return [];
}

function reactions(message) {
  const counts = new Map();
  for (const own of Object.values(message.reactions)) {
    for (const { emoji } of own) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  }
  if (!counts.size) return [];
  const row = element("div", "reactions");
  for (const [emoji, count] of counts) row.append(element("span", "", count > 1 ? `${emoji} ${count}` : emoji));
  return [row];
}

function buttons(message, act) {
  const rows = element("div", "rows");
  for (const row of message.reply_markup.inline_keyboard) {
    const line = element("div");
    row.forEach((button) => {
      const node = element("button", button.style ?? "", button.url ? `${button.text} ↗` : button.text);
      node.type = "button";
      node.disabled = Boolean(button.disabled);
      node.onclick = () => act.press(message, button);
      line.append(node);
    });
    rows.append(line);
  }
  return rows;
}

function tools(message, act) {
  const row = element("div", "tools");
  const reply = element("button", "", "↩");
  reply.ariaLabel = words.reply;
  reply.onclick = () => act.reply(message);
  row.append(reply);
  for (const emoji of quick) {
    const node = element("button", "", emoji);
    node.ariaLabel = `${words.react} ${emoji}`;
    node.onclick = () => act.react(message, emoji);
    row.append(node);
  }
  return row;
}
