// The conversation.
const shown = new Map(); // id → { line, element }
let visitor = ""; // whose conversation this page shows
let last = 0;
let shownTo = 0; // up to this line a person of the team has it
let typed = 0; // when the owner was last told that we write
let opened = false;
let away = false; // nobody is at work
let atEnd = true; // who reads further up is left there

const pending = () => kept("pending", []);
const drop = (id) => keep("pending", pending().filter((message) => message.id !== id));
const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "long" });

const draw = (element, line) => {
  if (line.who === "rate") return draw_rate(element, line);
  const parts = [];
  if (line.who === "team" && line.name) parts.push(make("span", { className: "who", textContent: line.name }));
  if (line.file) parts.push(draw_file(line));
  if (line.text) parts.push(make("span", { textContent: line.text }));
  if (line.who !== "auto") parts.push(make("span", { className: "meta", textContent: told(line) }));
  element.replaceChildren(...parts);
  return element;
};
const told = (line) => {
  if (!line.n) return `… ${say.sending}`;
  const parts = [time.format(line.at)];
  if (line.edited) parts.unshift(say.edited);
  if (line.who === "you") parts.push(line.n > shownTo ? `✓ ${say.sent}` : `✓✓ ${say.shown}`);
  return parts.join(" · ");
};
const put = (line) => {
  const before = shown.get(line.id);
  if (before && before.line.n && !line.n) return;
  const element = draw(before?.element ?? make("div", { className: `line ${line.who}` }), line);
  shown.set(line.id, { line: before ? { ...line, first: before.line.first ?? before.line.n } : line, element });
  if (before && (before.line.n || !line.n)) return;
  /* In the server's order and by its days: a clock here may be wrong. What is still on its way stays below. */
  const below = (line.n && [...shown.values()].find((each) => !each.line.n)?.element) || null;
  if (!before || element.nextSibling !== below) lines.insertBefore(element, below);
  const date = line.n && day.format(line.at);
  if (!date || lines.dataset.day === date) return;
  lines.dataset.day = date;
  element.before(make("span", { className: "day", textContent: date }));
};
const clear = () => {
  shown.clear();
  last = 0;
  delete lines.dataset.day;
  lines.replaceChildren(make("div", { className: "line team", textContent: data.hello || say.hello }));
};
const read = () => {
  if (!opened || document.hidden) return count();
  if (last > kept("read", 0)) {
    keep("read", last);
    road.tell({ t: "read", n: last });
  }
  count();
};
const count = () => {
  const number = [...shown.values()].filter(({ line }) => line.who === "team" && (line.first ?? line.n) > kept("read", 0)).length;
  badge.hidden = !number || opened;
  badge.textContent = number > 99 ? "99+" : String(number);
  const news = number ? say.unread.replace("{number}", number) : "";
  launch.setAttribute("aria-label", number ? `${say.open}. ${news}` : say.open);
  if (heard.textContent !== news) heard.textContent = opened ? "" : news;
  const headline = (document.hidden && number ? "● " : "") + document.title.replace(/^● /, "");
  if (document.title !== headline) document.title = headline;
};
const take = (frame) => {
  if (frame.anew) clear();
  stand(frame);
  for (const line of frame.lines) {
    if (line.n <= last) continue;
    last = line.n;
    if (line.who === "you") drop(line.id);
    put(line);
  }
  if (atEnd || frame.lines.some((line) => line.who === "you")) lines.scrollTop = lines.scrollHeight;
  know();
  read();
};
const stand = (frame) => {
  standing.textContent = frame.owner ? say.taken.replace("{name}", frame.owner) : "";
  if (frame.shown === shownTo) return;
  shownTo = frame.shown;
  for (const { line, element } of shown.values()) {
    if (line.who === "you") element.querySelector(".meta").textContent = told(line);
  }
};
const know = () => {
  /* Who has written once is not asked again; but while nobody is here, how else we could answer. */
  if (error.textContent) return;
  const known = Boolean(kept("token") && kept("who") && [...shown.values()].some(({ line }) => line.who === "you"));
  about.classList.toggle("again", known && !self);
  about.classList.toggle("self", !!self);
  about.hidden = self ? self.agreed || !ours.privacy || Boolean(kept("agreed")) : known && !(away && !kept("who").contact);
  leave.hidden = !away;
};

const fault = (field, text) => {
  const input = { name, contact, agreed: consent, text: writing }[field] || writing;
  if (field in { name, contact, agreed: consent }) {
    about.hidden = false;
    about.classList.toggle("again", field === "contact" && about.classList.contains("again"));
  }
  for (const each of [name, contact, consent, writing]) {
    each.removeAttribute("aria-invalid");
    each.removeAttribute("aria-describedby");
  }
  error.textContent = text || "";
  if (!text) return;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", "error");
  input.focus();
};

const submit = () => {
  const text = writing.value.trim();
  fault();
  if (!about.hidden) {
    const isAgain = about.classList.contains("again");
    if (!self && required.includes("name") && !name.value.trim()) return fault("name", say.required);
    if (!isAgain && !self && required.includes("contact") && !contact.value.trim()) return fault("contact", say.required);
    if (!isAgain && ours.privacy && !consent.checked) return fault("agreed", say.agree_first);
    const versions = ours.versions[language];
    keep("who", { name: name.value.trim(), contact: contact.value.trim() });
    if (!isAgain) keep("agreed", {
      ...(ours.privacy ? { personal_data: versions.personal_data } : {}),
      ...(news.checked ? { advertising: versions.advertising } : {}),
    });
  }
  if (!text && !chosen.length) return writing.focus();
  const from = visit.told();
  const came = [from.first?.at, from.last.at, from.pages?.at(-1)?.at].join();
  const sent = [];
  const compose = (id, text, file) => sent.push({ id, text, who: kept("who", {}), agreed: kept("agreed", {}), lang: language,
    at: Date.now(), ...(came === kept("told") || sent.length ? {} : { from }), ...(file ? { file } : {}) });
  const caption = text.length <= LONGEST_CAPTION ? text : "";
  if (text && !(chosen.length && caption)) compose(freshId(), text);
  for (const file of chosen) compose(file.id, file === chosen[0] ? caption : "", file);
  keep("told", came);
  keep("pending", [...pending(), ...sent.filter(({ file }) => !file)]);
  unsaid.push(...sent.filter(({ file }) => file));
  chosen = [];
  show_tray();
  sent.forEach((each) => put({ ...each, who: "you" }));
  writing.value = "";
  typed = 0;
  grow();
  know();
  lines.scrollTop = lines.scrollHeight;
  road.flush();
  carry();
};

const answered = (frame) => {
  if (frame.t === "no") {
    const message = pending().find(({ id }) => id === frame.id);
    drop(frame.id);
    if (message?.file && frame.field !== "file") chosen.push(message.file), show_tray();
    shown.get(frame.id)?.element.remove();
    shown.delete(frame.id);
    if (message && !writing.value) writing.value = message.text;
    if (message?.from) keep("told", null);
    grow();
    fault(frame.field, frame.text);
  } else if (frame.t === "ok") {
    drop(frame.id);
  } else if (frame.t === "pong") {
    if (frame.open === away) road.anew();
  } else if (frame.t === "later") {
    setTimeout(() => road.flush(), frame.seconds * 1000 + 500);
  } else if (frame.t === "hello") {
    if (frame.token !== kept("token")) keep("token", frame.token);
    const whose = frame.token.split(".")[1];
    if (visitor && whose !== visitor) clear();
    visitor = whose;
    passed(frame);
    away = !frame.open;
    status.textContent = `${away ? say.not_at_work.replace("{time}", frame.now) : say.at_work} ${frame.waiting}`;
    know();
    offer(frame.telegram);
    if (frame.lines) take(frame);
    carry();
  } else if (frame.t === "line") {
    put(frame.line);
    shown.get(frame.line.id).element.querySelector("a")?.click();
  } else if (frame.t === "go") {
    go(frame.url);
  } else if (frame.t === "lines") {
    take(frame);
  }
};
