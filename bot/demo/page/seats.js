// Whose Telegram is on the page: a bar of people, and as many screens as fit beside the site.
import { refreshTimes } from "/page/entities.js";
import { call } from "/page/line.js";
import { name } from "/page/message.js";
import { Screen } from "/page/screen.js";
import { element } from "/page/words.js";
import { facts, words } from "./words.js";

const narrow = matchMedia("(max-width: 820px)");
const leastScreenWidth = 330;
const timesEvery = 5000;
const bar = document.getElementById("people");
const site = document.getElementById("site");
const place = document.getElementById("screens");
const { people, chats } = facts;

// What each looks at when the page opens.
const firstChat = {
  customer: people.customer, anna: chats.sales, boris: people.boris, marketer: chats.marketing, manager: chats.managers,
};
const firstOpen = ["anna", "manager", "marketer"];

export class Seats {
  constructor() {
    this.screens = new Map();
    this.tabs = new Map();
    this.open = [...firstOpen]; // the one that was shown last stands first
    this.front = "site"; // on a phone, where there is room for one
    this.news = new Map();
  }

  async begin() {
    const { bot } = await call("about");
    const known = new Map((await call("people")).map((person) => [person.id, person]));
    bar.ariaLabel = words.seats;
    this.addTab("site", words.site, words.you, "◧");
    for (const [key, id] of Object.entries(people)) {
      const person = known.get(id);
      this.addTab(key, person.first_name, words.people[key], person.first_name[0]);
      const screen = new Screen(id, firstChat[key], bot, () => this.close(key), () => {});
      screen.root.dataset.seat = key;
      screen.root.ariaLabel = `${name(person)}, ${words.people[key]}`;
      const badge = element("span", "avatar", person.first_name[0]);
      badge.ariaHidden = "true";
      screen.root.querySelector(".top").prepend(badge);
      screen.root.querySelector(".who").after(element("span", "role", words.people[key]));
      this.screens.set(key, screen);
    }
    addEventListener("resize", () => this.arrange());
    setInterval(async () => refreshTimes(place, await call("now")), timesEvery);
    this.arrange();
  }

  addTab(key, title, role, letter) {
    const tab = element("button", "seat");
    tab.type = "button";
    tab.dataset.seat = key;
    const avatar = element("span", "avatar", letter);
    avatar.ariaHidden = "true";
    const who = element("span", "who");
    who.append(element("b", "", title), element("small", "", role));
    tab.append(avatar, who, element("span", "news"));
    tab.onclick = () => (narrow.matches || !this.isOpen(key) ? this.show(key) : this.close(key));
    this.tabs.set(key, tab);
    bar.append(tab);
  }

  get room() {
    return Math.max(1, Math.floor(place.clientWidth / leastScreenWidth));
  }

  get visible() {
    if (narrow.matches) return this.front === "site" ? [] : [this.front];
    const opened = this.open.slice(0, this.room);
    return Object.keys(people).filter((key) => opened.includes(key));
  }

  isOpen(key) {
    return key === "site" ? !narrow.matches || this.front === "site" : this.visible.includes(key);
  }

  // Brings somebody's Telegram on the page, at this chat and topic of it.
  show(key, chat, thread) {
    this.front = key;
    if (key !== "site") {
      this.open = [key, ...this.open.filter((one) => one !== key)];
      const screen = this.screens.get(key);
      if (chat !== undefined && (screen.chat !== chat || (thread !== undefined && screen.thread !== thread))) {
        screen.chat = chat;
        screen.thread = thread ?? null;
        screen.setReply(null);
      }
    }
    this.arrange();
  }

  close(key) {
    this.open = this.open.filter((one) => one !== key);
    if (this.front === key) this.front = "site";
    this.arrange();
  }

  arrange() {
    site.hidden = narrow.matches && this.front !== "site";
    place.hidden = narrow.matches && this.front === "site";
    const wanted = this.visible;
    for (const [key, screen] of this.screens) if (!wanted.includes(key)) screen.root.remove();
    wanted.forEach((key, at) => {
      const { root } = this.screens.get(key);
      if (place.children[at] !== root) place.insertBefore(root, place.children[at] ?? null);
    });
    for (const [key, tab] of this.tabs) {
      tab.ariaPressed = String(this.isOpen(key));
      tab.hidden = key === "site" && !narrow.matches;
    }
    this.refresh();
  }

  async refresh() {
    const visible = this.visible;
    await Promise.all([...this.screens].map(async ([key, screen]) => {
      if (visible.includes(key)) {
        await screen.refresh();
        this.news.set(key, { seen: await this.newest(key), count: 0 });
      } else await this.count(key);
      const { count = 0 } = this.news.get(key) ?? {};
      this.tabs.get(key).querySelector(".news").textContent = count ? String(Math.min(count, 99)) : "";
    }));
  }

  async newest(key) {
    const { chats: seen } = await call("view", { person: people[key], limit: 1 });
    return new Map(seen.map((chat) => [chat.id, chat.messages.at(-1)?.message_id ?? 0]));
  }

  // How much has come to somebody who is not on the page.
  async count(key) {
    const before = this.news.get(key);
    if (!before) return void this.news.set(key, { seen: await this.newest(key), count: 0 });
    const { chats: now } = await call("view", { person: people[key], limit: 40 });
    before.count = now.reduce((sum, chat) => sum + chat.messages.filter((message) =>
      message.message_id > (before.seen.get(chat.id) ?? 0) && message.from?.id !== people[key]).length, 0);
  }
}
