// The chats of one person: a screen of the page.
import { refreshTimes } from "./entities.js";
import { call } from "./line.js";
import { brief, draw, name } from "./message.js";
import { element, words } from "./words.js";

const actionLasts = 5200;
const frame = document.createElement("template");
frame.innerHTML = `
<section class="screen">
  <div class="top"><strong class="who"></strong><button class="close" type="button">×</button></div>
  <div class="chips chats" role="group"></div>
  <div class="chips topics" role="group"></div>
  <div class="messages" role="log" tabindex="0"></div>
  <div class="toast" role="status" hidden></div>
  <form class="begin"><input name="payload" maxlength="64" autocomplete="off"><button></button></form>
  <div class="reply" hidden><span></span><button type="button">×</button></div>
  <form class="compose">
    <label class="attach">📎<input type="file" hidden></label>
    <textarea rows="1"></textarea>
    <button>➤</button>
  </form>
  <div class="keyboard"></div>
  <dialog><p></p><form method="dialog"><button>OK</button></form></dialog>
</section>`;

export class Screen {
  constructor(person, chat, botName, close, moved) {
    this.person = person;
    this.botName = botName;
    this.chat = chat;
    this.moved = moved;
    this.seen = new Map();
    this.thread = null;
    this.replyTo = null;
    this.seenView = "";
    this.nodes = new Map();
    this.atEnd = true;
    this.root = frame.content.firstElementChild.cloneNode(true);
    this.root.dataset.person = person;
    const find = (selector) => this.root.querySelector(selector);
    [this.list, this.keyboard, this.text] = [find(".messages"), find(".keyboard"), find("textarea")];
    find(".close").onclick = close;
    find(".begin input").placeholder = words.payload;
    find(".begin button").textContent = words.begin;
    find(".begin").onsubmit = (event) => this.begin(event);
    find(".compose").onsubmit = (event) => this.submit(event);
    find(".reply button").onclick = () => this.setReply(null);
    find(".attach input").onchange = (event) => this.attach(event.target);
    this.text.placeholder = words.write;
    const named = {
      ".close": words.close, ".begin input": words.payload, ".reply button": words.cancel, textarea: words.write,
      ".compose button": words.send, ".attach input": words.attach, ".chats": words.chats, ".topics": words.topics,
      ".messages": words.messages,
    };
    this.stayAtEnd();
    for (const [selector, label] of Object.entries(named)) find(selector).ariaLabel = label;
    this.text.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey) this.submit(event);
    };
  }

  // However the screen grows or shrinks, who reads the newest message goes on reading it.
  stayAtEnd() {
    const { list } = this;
    const settle = () => {
      this.height = list.scrollHeight;
      if (this.atEnd) list.scrollTop = list.scrollHeight;
    };
    list.onscroll = () => {
      if (list.scrollHeight !== this.height) return settle(); // it has grown: nobody has scrolled
      this.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    };
    new ResizeObserver(settle).observe(list);
    list.addEventListener("load", settle, true); // a picture gets its height when it has come
    this.settle = settle;
  }

  async refresh() {
    const view = await call("view", { person: this.person });
    this.now = view.now;
    const shown = JSON.stringify([view.chats, this.chat, this.thread]);
    if (shown === this.seenView) return;
    this.seenView = shown;
    this.root.querySelector(".who").textContent = name(view.person);
    const chat = view.chats.find(({ id }) => id === this.chat) ?? view.chats[0];
    this.chat = chat.id;
    this.countUnread(view.chats, chat);
    this.drawTabs(view.chats, chat);
    this.drawMessages(chat);
    this.drawKeyboard(chat);
    this.root.querySelector(".begin").hidden = chat.type !== "private";
  }

  countUnread(chats, open) {
    const newest = ({ messages }) => messages.at(-1)?.message_id ?? 0;
    for (const chat of chats) {
      if (chat.id === open.id || !this.seen.has(chat.id)) this.seen.set(chat.id, newest(chat));
    }
    this.unread = (chat) => chat.messages.filter(({ message_id: id }) => id > this.seen.get(chat.id)).length;
  }

  drawTabs(chats, chat) {
    const tab = (text, on, choose, count = 0) => {
      const node = element("button", on ? "chip on" : "chip", text);
      if (count) node.append(element("span", "count", `${count}`));
      node.type = "button";
      node.onclick = () => { choose(); this.setReply(null); this.refresh(); };
      return node;
    };
    const open = (id) => () => { this.chat = id; this.thread = null; this.moved(); };
    this.root.querySelector(".chats").replaceChildren(
      ...chats.map((each) => tab(each.title, each.id === chat.id, open(each.id), this.unread(each))));
    const topics = chat.is_forum && chat.topics.length ? chat.topics : [];
    const title = (topic) => (topic.closed ? `${topic.name} · ${words.closed}` : topic.name);
    this.root.querySelector(".topics").replaceChildren(
      ...(topics.length ? [tab(chat.type === "private" ? words.all : words.general, this.thread === null, () => { this.thread = null; })] : []),
      ...topics.map((topic) => tab(title(topic), topic.id === this.thread, () => { this.thread = topic.id; })));
    for (const row of this.root.querySelectorAll(".chips")) {
      const on = row.querySelector(".on");
      if (on) row.scrollLeft = on.offsetLeft + on.offsetWidth - row.offsetLeft - row.clientWidth + 12;
    }
  }

  drawMessages(chat) {
    const place = `${chat.id}/${this.thread}`;
    if (this.place !== place) this.atEnd = true;
    this.place = place;
    const fits = ({ message_thread_id: thread, is_topic_message: topical }) =>
      this.thread === null ? chat.type === "private" || !topical : thread === this.thread;
    const messages = chat.messages.filter(fits);
    const act = {
      press: (message, button) => this.press(message, button),
      reply: (message) => this.setReply(message),
      react: (message, emoji) => this.react(message, emoji),
    };
    const nodes = messages.map((message) => this.drawn(message, act));
    if (!nodes.length) nodes.push(element("div", "empty", words.nothing));
    const acting = chat.acting.find(({ thread }) => this.thread === null || thread === this.thread);
    if (acting) nodes.push(element("div", "acting", `${words.bot} ${acting.action === "typing" ? words.typing : words.acting}`));
    if (acting) setTimeout(() => this.refresh(), actionLasts);
    this.list.replaceChildren(...nodes);
    refreshTimes(this.list, this.now);
    this.settle();
    const last = messages.at(-1);
    if (last?.keyboard?.force_reply && this.forced !== last.message_id) {
      this.forced = last.message_id;
      this.setReply(last);
    }
  }

  // A message that has not changed keeps its node: pictures do not flicker, and what has the focus keeps it.
  drawn(message, act) {
    const [key, text] = [`${this.chat}/${message.message_id}`, JSON.stringify(message)];
    const before = this.nodes.get(key);
    if (before?.text === text) return before.node;
    const node = draw(message, this.person, act);
    this.nodes.set(key, { text, node });
    return node;
  }

  drawKeyboard(chat) {
    const rows = chat.keyboard?.keyboard ?? [];
    this.keyboard.replaceChildren(...rows.map((row) => {
      const line = element("div");
      for (const button of row) {
        const node = element("button", "", button.text);
        node.type = "button";
        node.onclick = () => (button.request_contact
          ? this.send("send_contact", {})
          : this.send("send", { text: button.text }));
        line.append(node);
      }
      return line;
    }));
  }

  setReply(message) {
    this.replyTo = message?.message_id ?? null;
    const bar = this.root.querySelector(".reply");
    bar.hidden = message === null;
    bar.firstElementChild.textContent = message ? `${words.replyTo} ${brief(message)}` : "";
    if (message) this.text.focus();
  }

  async send(action, fields) {
    const thread = this.replyTo === null ? this.thread : null;
    const place = { person: this.person, chat: this.chat, reply_to: this.replyTo, thread };
    this.setReply(null);
    await this.tried(call(action, { ...place, ...fields }));
  }

  async submit(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    this.text.value = "";
    if (text) await this.send("send", { text });
  }

  async begin(event) {
    event.preventDefault();
    const field = event.target.elements.payload;
    await this.tried(call("start", { person: this.person, payload: field.value }));
    field.value = "";
  }

  async attach(input) {
    const [file] = input.files;
    if (!file) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    const kind = /^image\/(png|jpeg|webp)$/.test(file.type) ? "photo" : "document";
    input.value = "";
    await this.send("send_media", { kind, name: file.name, mime_type: file.type || undefined, content: btoa(binary) });
  }

  async press(message, button) {
    const start = new RegExp(`^https?://t\\.me/${this.botName}\\?start=([\\w-]*)$`, "i").exec(button.url ?? "");
    if (start) return this.tried(call("start", { person: this.person, payload: start[1] }));
    if (button.url) return void window.open(button.url, "_blank", "noopener");
    if (button.copy_text) return void navigator.clipboard?.writeText(button.copy_text.text);
    const place = { person: this.person, chat: this.chat, message_id: message.message_id };
    const tap = await this.tried(call("tap", { ...place, button: button.callback_data ?? button.text }));
    if (tap) await this.showAnswer(tap);
  }

  async showAnswer(tap, patience = 40) {
    for (let turn = 0; turn < patience; turn += 1) {
      const { version } = await call("about", {}); // asked before, so that no answer comes unseen between
      const answer = await call("answer", { callback_id: tap });
      if (answer.answered) {
        if (answer.text && answer.show_alert) this.alert(answer.text);
        else if (answer.text) this.toast(answer.text);
        return;
      }
      await fetch(`/sandbox/changes?after=${version}&timeout=5`);
    }
  }

  async react(message, emoji) {
    const own = message.reactions[this.person]?.[0]?.emoji;
    const place = { person: this.person, chat: this.chat, message_id: message.message_id };
    await this.tried(call("react", { ...place, emoji: own === emoji ? null : emoji }));
  }

  async tried(promise) {
    try {
      return await promise;
    } catch (error) {
      this.toast(error.message);
      return null;
    }
  }

  alert(text) {
    const dialog = this.root.querySelector("dialog");
    dialog.firstElementChild.textContent = text;
    dialog.showModal();
  }

  toast(text) {
    const node = this.root.querySelector(".toast");
    node.textContent = text;
    node.hidden = false;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => { node.hidden = true; }, 3500);
  }
}
