// Six steps that one can follow or ignore: each sees by itself that it is done, and shows where to look.
import { call } from "/page/line.js";
import { element } from "/page/words.js";
import { whereToWrite, write } from "./visitor.js";
import { facts, words } from "./words.js";

const root = document.getElementById("tour");
const ring = document.getElementById("ring");
const { people, chats } = facts;
const told = { 1: 7000 }; // a card wants to be read
const usual = 3000;
const kept = "gemba-tour";
const patience = 5000;

async function ask(step) {
  await fetch(`/demo/do/${step}`, { method: "POST" });
}

export class Tour {
  constructor(seats) {
    this.seats = seats;
    this.state = null;
    this.at = 0;
    this.left = 0;
    this.busy = false;
    this.hidden = sessionStorage.getItem(kept) === "hidden";
    setInterval(() => this.point(), 150);
  }

  // The newest state of the demo.
  hear(state) {
    const before = this.state;
    this.state = state;
    if (!state.begun) return;
    const done = state.steps;
    if (!before?.begun) this.enter(this.at);
    if (done[this.at] && !this.left) this.left = Date.now() + (told[this.at] ?? usual);
    if (this.left && Date.now() > this.left && !this.busy) this.enter(Math.min(this.at + 1, done.length));
    // Who goes his own way is followed, not called back.
    const ahead = done.includes(false) ? done.indexOf(false) - 1 : done.length - 1;
    if (ahead > this.at) this.enter(ahead);
    const view = JSON.stringify([done, this.at, state.answered, this.hidden, this.busy]);
    if (view !== this.drawn) {
      this.drawn = view;
      this.draw();
      this.lookAt();
    }
  }

  enter(step) {
    this.at = step;
    this.left = 0;
  }

  draw() {
    root.hidden = false;
    root.classList.toggle("small", this.hidden);
    const button = (text, act, look = "") => {
      const node = element("button", look, text);
      node.type = "button";
      node.onclick = act;
      return node;
    };
    if (this.hidden) return root.replaceChildren(button(words.show, () => this.hide(false), "quiet"));
    const { steps } = this.state;
    const dots = element("ol");
    words.steps.forEach(([title], number) => {
      const node = button(steps[number] ? "✓" : String(number + 1), () => { this.enter(number); this.redraw(); });
      node.title = title;
      node.ariaLabel = `${words.step(number + 1)}. ${title}${steps[number] ? `, ${words.made}` : ""}`;
      node.className = [steps[number] && "done", number === this.at && "now"].filter(Boolean).join(" ");
      if (number === this.at) node.ariaCurrent = "step";
      const item = element("li");
      item.append(node);
      dots.append(item);
    });
    const over = this.at >= words.steps.length;
    const [title, hint] = over ? words.over : words.steps[this.at];
    const text = element("p");
    const replying = this.at === 3 && this.state.answered && !steps[3];
    text.append(element("b", "", title), ` ${replying ? words.reply : hint}`);
    const acts = element("div", "acts");
    if (over) acts.append(button(words.again, () => this.again(), "main"));
    else if (steps[this.at]) acts.append(button(words.next, () => { this.enter(this.at + 1); this.redraw(); }, "main"));
    else if (this.at !== 1) {
      const forMe = button(words.forMe, () => this.forMe(), "main");
      forMe.disabled = this.busy;
      acts.append(forMe);
    }
    acts.append(button(words.hide, () => this.hide(true), "quiet"));
    root.ariaLabel = words.tour;
    return root.replaceChildren(dots, text, acts);
  }

  redraw() {
    this.drawn = "";
    this.hear(this.state);
  }

  hide(hidden) {
    this.hidden = hidden;
    sessionStorage.setItem(kept, hidden ? "hidden" : "shown");
    this.redraw();
  }

  async again() {
    await ask("again");
    this.enter(0);
  }

  // Whose screen this step is about; on a phone one finds the way by the ring.
  lookAt() {
    if (this.hidden || !this.state.begun) return;
    const { lead, answered, steps } = this.state;
    const owner = Object.keys(people).find((key) => people[key] === lead?.desk?.owner) ?? "anna";
    this.wanted = [
      () => ["site"],
      () => ["anna", chats.sales],
      () => ["anna", chats.sales],
      () => (answered && !steps[3] ? ["site"] : [owner, lead?.desk?.chat, lead?.desk?.thread]),
      () => (steps[4] ? ["marketer", chats.marketing] : [owner, lead?.desk?.chat, lead?.desk?.thread]),
      () => ["manager", chats.managers],
    ][this.at]?.() ?? null;
    const wide = !this.seats.tabs.get("site").checkVisibility();
    if (this.wanted && wide && this.wanted[0] !== "site") this.seats.show(...this.wanted);
  }

  // The ring around what to look at, or to press.
  point() {
    const rect = this.hidden || !this.state?.begun ? null : this.place();
    ring.hidden = !rect || rect.width === 0;
    if (ring.hidden) return;
    const around = 5;
    Object.assign(ring.style, {
      left: `${rect.left - around}px`, top: `${rect.top - around}px`,
      width: `${rect.width + 2 * around}px`, height: `${rect.height + 2 * around}px`,
    });
  }

  place() {
    const { steps } = this.state;
    const [seat] = this.wanted ?? [];
    if (!seat) return null;
    if (this.at === 5 && !steps[5]) return document.querySelector("[data-trouble=morning]").getBoundingClientRect();
    if (!this.seats.isOpen(seat)) return this.seats.tabs.get(seat).getBoundingClientRect();
    if (seat === "site") return steps[this.at] ? null : whereToWrite();
    const { list, root: shown } = this.seats.screens.get(seat);
    const found = this.target(shown);
    if (!found) return null;
    const [rect, seen] = [found.getBoundingClientRect(), list.getBoundingClientRect()];
    if (!list.contains(found)) return rect;
    const card = found.closest("[data-message]") ?? found;
    const pointedAt = `${this.at}/${seat}/${card.dataset.message}`;
    if (pointedAt !== this.pointedAt) {
      this.pointedAt = pointedAt; // once: then one may scroll away
      list.scrollTop += rect.bottom - seen.bottom + 12;
    }
    const top = Math.max(rect.top, seen.top), bottom = Math.min(rect.bottom, seen.bottom); // a board is higher than the screen
    return bottom - top < 8 ? null : new DOMRect(rect.left, top, rect.width, bottom - top);
  }

  // On the screen that this step is about.
  target(shown) {
    const { lead, steps, answered } = this.state;
    const card = (where) => shown.querySelector(`[data-message="${lead?.cards[where]?.message}"]`);
    return {
      1: () => card("sales"),
      2: () => (steps[2] ? null : card("sales")?.querySelector(".rows .success")),
      3: () => (answered ? null : shown.querySelector(".compose")),
      4: () => (steps[4] ? card("feedback") : card("desk")?.querySelector(".rows")),
    }[this.at]?.() ?? null;
  }

  get progress() {
    return JSON.stringify([this.state.steps, this.state.answered]);
  }

  async forMe() {
    if (this.busy) return;
    this.busy = true;
    this.redraw();
    const before = this.progress, until = Date.now() + patience;
    try {
      const { lead, answered } = this.state;
      if (this.at === 0) await write(words.asks, words.name);
      else if (this.at === 2) await ask("claim");
      else if (this.at === 3 && !answered) await ask("answer");
      else if (this.at === 3 && lead.customer.channel === "telegram") {
        const person = Number(lead.customer.id);
        await call("send", { person, chat: person, text: words.replies });
      } else if (this.at === 3) await write(words.replies, words.name);
      else if (this.at === 4) await ask("reject");
      else if (this.at === 5) await fetch("/demo/trouble/morning", { method: "POST" });
      // What was just done is not done again before it is seen.
      while (this.progress === before && Date.now() < until) await new Promise((resolve) => { setTimeout(resolve, 100); });
    } finally {
      this.busy = false;
      this.redraw();
    }
  }
}
