/* Gemba: a chat for any page. One script tag, nothing else; everything lives in a shadow root of its own. */
(() => {
  "use strict";
  const ours = __GEMBA__;
  const script = document.currentScript;
  if (!script || window.gembaChat) return;
  const server = new URL(script.src).origin;
  const data = script.dataset;
  const language = [data.lang, document.documentElement.lang, navigator.language, ours.locale]
    .map((tag) => (tag || "").slice(0, 2).toLowerCase())
    .find((tag) => tag in ours.texts);
  const say = ours.texts[language];
  const required = (data.require ?? "contact").split(/[\s,]+/);
  const LONGEST = 4000;

  // What the browser keeps ------------------------------------------------------------------------------------------

  const memory = {};
  const kept = (name, otherwise) => {
    try {
      memory[name] = JSON.parse(localStorage.getItem("gemba." + name)) ?? memory[name];
    } catch { /* a browser that keeps nothing: then for this page alone */ }
    return memory[name] ?? otherwise;
  };
  const keep = (name, value) => {
    memory[name] = value;
    try {
      if (value == null) localStorage.removeItem("gemba." + name);
      else localStorage.setItem("gemba." + name, JSON.stringify(value));
    } catch { /* as above */ }
  };
  const freshId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // Where the visitor came from -------------------------------------------------------------------------------------

  const marksOf = () => {
    const found = {};
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (/^utm_(source|medium|campaign|content|term)$/.test(name)) found[name] = value.slice(0, 256);
      if (/^(yclid|gclid|fbclid|vkclid)$/.test(name)) found.click_id = `${name}:${value}`.slice(0, 256);
    }
    return found;
  };
  const arrived = marksOf();
  if (Object.keys(arrived).length || !kept("came")) {
    const referrer = document.referrer && new URL(document.referrer).host !== location.host ? document.referrer : "";
    keep("came", { ...arrived, page: location.href.slice(0, 2000), referrer: referrer.slice(0, 2000) });
  }

  // What stands on the page -----------------------------------------------------------------------------------------

  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element && name !== "list") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  };
  const icon = (path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  };

  const host = make("div", { id: "gemba-chat" });
  const root = host.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  root.adoptedStyleSheets = [style];

  const badge = make("span", { className: "badge", hidden: true });
  const launch = make("button", { className: "launch", type: "button", "aria-label": say.open, "aria-expanded": "false",
    "aria-controls": "window" }, icon("M4 4h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"), badge);
  const status = make("p", { className: "status" });
  const closing = make("button", { className: "close", type: "button", "aria-label": say.close },
    icon("M6 6l12 12M18 6L6 18"));
  const title = make("h2", { id: "title", textContent: data.title || say.title });
  const notice = make("p", { className: "notice", role: "status", hidden: true });
  const lines = make("div", { className: "lines", role: "log", tabIndex: 0, "aria-label": data.title || say.title });
  const name = make("input", { id: "name", autocomplete: "name", maxLength: 128 });
  const contact = make("input", { id: "contact", autocomplete: "tel", maxLength: 128 });
  const consent = make("input", { type: "checkbox", id: "consent" });
  const news = make("input", { type: "checkbox", id: "news" });
  const label = (field, text) => make("label", { htmlFor: field.id },
    text, required.includes(field.id) ? null : make("small", { textContent: ` (${say.optional})` }));
  const error = make("p", { className: "error", id: "error", role: "alert" });
  const about = make("div", { className: "about" },
    label(name, say.name), name, label(contact, say.contact), contact,
    ours.privacy && make("p", { className: "box" }, consent, make("label", { htmlFor: "consent" }, say.consent),
      make("a", { href: ours.privacy, target: "_blank", rel: "noopener", textContent: say.privacy })),
    "advertising" in data ? make("p", { className: "box" }, news, make("label", { htmlFor: "news" }, say.advertising)) : null);
  const writing = make("textarea", { id: "writing", rows: 1, maxLength: LONGEST, placeholder: say.write,
    "aria-label": say.write, enterKeyHint: "send" });
  const sending = make("button", { className: "send", type: "submit", "aria-label": say.send },
    icon("M3 11l18-8-8 18-2-8z"));
  const form = make("form", { noValidate: true }, about, error, make("div", { className: "row" }, writing, sending));
  const panel = make("section", { className: "window", id: "window", role: "dialog", "aria-labelledby": "title", hidden: true },
    make("header", {}, make("div", {}, title, status), closing), notice, lines, form);
  const shell = make("div", { className: "shell", lang: language }, panel, launch);
  shell.dataset.theme = data.theme || "auto";
  shell.dataset.position = data.position === "left" ? "left" : "right";
  root.append(shell);

  const brand = CSS.supports("color", data.color || "") ? data.color : "#1f6feb";
  style.replaceSync(`
    :host { all: initial; }
    * { box-sizing: border-box; margin: 0; }
    [hidden] { display: none !important; }
    .shell { --brand: ${brand}; --on: #fff; --paper: #fff; --ink: #1c2128; --soft: #eef1f5; --dim: #59636e; --line: #d0d7de;
      --bad: #b3261e; position: fixed; z-index: 2147483000; bottom: 20px; right: 20px; color: var(--ink);
      font: 15px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    .shell[data-position=left] { right: auto; left: 20px; }
    .shell[data-theme=dark] { --paper: #161b22; --ink: #e6edf3; --soft: #262d36; --dim: #9da7b3; --line: #3d444d; --bad: #ff8b82; }
    @media (prefers-color-scheme: dark) { .shell[data-theme=auto] { --paper: #161b22; --ink: #e6edf3; --soft: #262d36;
      --dim: #9da7b3; --line: #3d444d; --bad: #ff8b82; } }
    button { font: inherit; cursor: pointer; border: 0; }
    :focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; }
    header :focus-visible { outline-color: var(--on); }
    input:focus-visible, textarea:focus-visible { outline-width: 2px; outline-offset: 0; }
    svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
    .launch { position: relative; display: grid; place-items: center; width: 60px; height: 60px; margin-inline-start: auto;
      border-radius: 50%; background: var(--brand); color: var(--on); box-shadow: 0 4px 16px #0004; }
    .shell[data-position=left] .launch { margin-inline-start: 0; }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; padding: 0 6px; border-radius: 11px; background: #c62828;
      color: #fff; font-size: 13px; font-weight: 600; line-height: 22px; text-align: center; }
    .window { display: flex; flex-direction: column; width: 370px; height: min(560px, calc(100vh - 120px)); margin-bottom: 14px;
      overflow: hidden; border-radius: 16px; background: var(--paper); box-shadow: 0 8px 32px #0005; animation: rise .18s ease-out; }
    @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
    header { display: flex; gap: 8px; align-items: flex-start; padding: 14px 8px 14px 16px; background: var(--brand); color: var(--on); }
    header div { flex: 1; }
    h2 { font-size: 17px; line-height: 1.3; }
    .status { font-size: 13px; }
    .close { display: grid; place-items: center; width: 44px; height: 44px; margin: -6px 0; border-radius: 50%; background: none; color: inherit; }
    .notice { padding: 8px 16px; background: var(--soft); color: var(--ink); font-size: 13px; }
    .lines { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 14px; display: flex; flex-direction: column; gap: 8px; }
    .lines > :first-child { margin-top: auto; }
    .line { max-width: 84%; padding: 8px 12px; border-radius: 14px 14px 14px 4px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; }
    .line.you { align-self: flex-end; border-radius: 14px 14px 4px 14px; background: var(--brand); color: var(--on); }
    .line.auto { align-self: center; max-width: 94%; background: none; color: var(--dim); font-size: 13px; text-align: center; }
    .who { display: block; font-size: 12px; font-weight: 600; }
    .meta { display: block; font-size: 12px; text-align: end; color: var(--dim); }
    .you .meta { color: inherit; }
    .day { align-self: center; color: var(--dim); font-size: 12px; }
    form { padding: 10px 12px 12px; border-top: 1px solid var(--line); }
    .about { display: grid; gap: 4px; max-height: 46vh; overflow-y: auto; padding: 2px 3px 8px; }
    .about label { font-size: 13px; color: var(--ink); }
    small { color: var(--dim); }
    input:not([type=checkbox]), textarea { width: 100%; padding: 9px 12px; border: 1px solid var(--dim); border-radius: 10px;
      background: var(--paper); color: var(--ink); font: inherit; font-size: 16px; }
    textarea { flex: 1; min-height: 44px; max-height: 120px; resize: none; }
    ::placeholder { color: var(--dim); opacity: 1; }
    .box { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; padding-top: 6px; font-size: 13px; }
    .box label { flex: 1; min-width: 200px; }
    .box input { width: 20px; height: 20px; accent-color: var(--brand); }
    .box a { color: var(--ink); margin-inline-start: 28px; }
    [aria-invalid=true] { border-color: var(--bad) !important; outline: 1px solid var(--bad); }
    .error { color: var(--bad); font-size: 13px; }
    .error:not(:empty) { padding: 0 3px 6px; }
    .row { display: flex; gap: 8px; align-items: flex-end; }
    .send { display: grid; place-items: center; flex: none; width: 44px; height: 44px; border-radius: 50%; background: var(--brand); color: var(--on); }
    @media (max-width: 480px), (max-height: 420px) {
      .open .launch { display: none; }
      .open .window { position: fixed; inset: 0; width: auto; height: 100dvh; margin: 0; border-radius: 0; }
    }
    @media (prefers-reduced-motion: reduce) { * { animation: none !important; scroll-behavior: auto !important; } }
  `);
  document.body ? document.body.append(host) : addEventListener("DOMContentLoaded", () => document.body.append(host));

  /* White or black on the brand's colour, whichever is read better. */
  const drawn = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  drawn.fillStyle = brand;
  drawn.fillRect(0, 0, 1, 1);
  const [red, green, blue] = Array.from(drawn.getImageData(0, 0, 1, 1).data, (part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  shell.style.setProperty("--on", 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#fff" : "#000");

  // The conversation ------------------------------------------------------------------------------------------------

  const shown = new Map(); // id → { line, element }
  let last = 0;
  let opened = false;

  const pending = () => kept("pending", []);
  const drop = (id) => keep("pending", pending().filter((message) => message.id !== id));
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "long" });

  const draw = (line) => {
    const element = make("div", { className: `line ${line.who}` });
    if (line.who === "team" && line.name) element.append(make("span", { className: "who", textContent: line.name }));
    element.append(make("span", { textContent: line.text }));
    if (line.who !== "auto") {
      const told = [time.format(line.at)];
      if (line.edited) told.unshift(say.edited);
      if (line.who === "you") told.push(line.n ? "✓ " + say.sent : "… " + say.sending);
      element.append(make("span", { className: "meta", textContent: told.join(" · ") }));
    }
    return element;
  };
  const put = (line) => {
    const before = shown.get(line.id);
    if (before && before.line.n && !line.n) return;
    const element = draw(line);
    if (before) before.element.replaceWith(element);
    else {
      const date = day.format(line.at);
      if (lines.dataset.day !== date) {
        lines.dataset.day = date;
        lines.append(make("span", { className: "day", textContent: date }));
      }
      lines.append(element);
    }
    shown.set(line.id, { line: before ? { ...line, first: before.line.first ?? before.line.n } : line, element });
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
    launch.setAttribute("aria-label", number ? `${say.open}. ${say.unread.replace("{number}", number)}` : say.open);
  };
  const take = (frame) => {
    if (frame.anew) clear();
    const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60;
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
  const know = () => {
    /* Who has written once is not asked again. */
    about.hidden = Boolean(kept("token") && kept("who") && [...shown.values()].some(({ line }) => line.who === "you"));
  };

  const fault = (field, text) => {
    const input = { name, contact, agreed: consent, text: writing }[field] || writing;
    about.hidden = about.hidden && (field === "text" || !(field in { name, contact, agreed: consent }));
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
      if (required.includes("name") && !name.value.trim()) return fault("name", say.required);
      if (required.includes("contact") && !contact.value.trim()) return fault("contact", say.required);
      if (ours.privacy && !consent.checked) return fault("agreed", say.agree_first);
      const versions = ours.versions[language];
      keep("who", { name: name.value.trim(), contact: contact.value.trim() });
      keep("agreed", {
        ...(ours.privacy ? { personal_data: versions.personal_data } : {}),
        ...(news.checked ? { advertising: versions.advertising } : {}),
      });
    }
    if (!text) return writing.focus();
    const came = kept("came");
    const isNew = JSON.stringify(came) !== JSON.stringify(kept("told"));
    const message = { id: freshId(), text, who: kept("who", {}), agreed: kept("agreed", {}), lang: language, at: Date.now(),
      ...(isNew ? { from: came } : {}) };
    keep("told", came);
    keep("pending", [...pending(), message]);
    put({ ...message, who: "you" });
    writing.value = "";
    grow();
    know();
    lines.scrollTop = lines.scrollHeight;
    road.flush();
  };

  const answered = (frame) => {
    if (frame.t === "no") {
      const message = pending().find(({ id }) => id === frame.id);
      drop(frame.id);
      shown.get(frame.id)?.element.remove();
      shown.delete(frame.id);
      if (message && !writing.value) writing.value = message.text;
      if (message?.from) keep("told", null);
      grow();
      if (frame.field !== "text") about.hidden = false;
      fault(frame.field, frame.text);
    } else if (frame.t === "ok") {
      drop(frame.id);
    } else if (frame.t === "later") {
      setTimeout(() => road.flush(), frame.seconds * 1000 + 500);
    } else if (frame.t === "hello") {
      if (frame.token !== kept("token")) keep("token", frame.token);
      status.textContent = `${frame.open ? say.at_work : say.not_at_work} ${frame.waiting}`;
      if (frame.lines) take(frame);
    } else if (frame.t === "lines") {
      take(frame);
    }
  };

  // The two roads to the server: a socket, and requests where it does not come through --------------------------------

  const road = (() => {
    let socket = null, polling = null, wanted = false, failures = 0, deaf = 0, timer = 0, beat = 0, alive = false;

    const hello = () => ({ t: "hello", token: kept("token", null), after: last, lang: language });
    const state = (isUp) => {
      alive = isUp;
      notice.hidden = isUp || !failures;
      notice.textContent = notice.hidden ? "" : say.offline;
      if (isUp) failures = deaf = 0;
    };
    const again = () => {
      clearTimeout(timer);
      clearInterval(beat);
      failures += 1;
      state(false);
      timer = setTimeout(go, Math.min(30000, 500 * 2 ** Math.min(failures, 6)) * (0.7 + Math.random() * 0.6));
    };
    const stranger = () => {
      /* The server does not know us any more: begin anew, and say again what it has not taken. */
      keep("token", null);
      keep("read", 0);
      clear();
      pending().forEach((message) => put({ ...message, who: "you" }));
    };

    const dial = () => {
      const line = new WebSocket(server.replace(/^http/, "ws") + "/chat/socket");
      let heard = Date.now();
      socket = line;
      line.onopen = () => line.send(JSON.stringify(hello()));
      line.onmessage = ({ data: text }) => {
        heard = Date.now();
        const frame = JSON.parse(text);
        answered(frame);
        if (frame.t === "hello") {
          state(true);
          flush();
          clearInterval(beat);
          beat = setInterval(() => {
            if (Date.now() - heard > 45000) line.close();
            else line.send('{"t":"ping"}');
          }, 20000);
        }
      };
      line.onclose = ({ code }) => {
        if (socket !== line) return;
        socket = null;
        if (code === 4401) stranger();
        if (!alive) deaf += 1;
        again();
      };
    };

    const post = async (path, body, signal) => {
      const response = await fetch(server + path, { method: "POST", body: JSON.stringify(body), signal });
      if (response.status === 401) stranger();
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    };
    const poll = async () => {
      polling = new AbortController();
      const { signal } = polling;
      try {
        answered(await post("/chat/poll", hello(), signal));
        state(true);
        flush();
        for (let turn = 0; turn < 8; turn += 1) answered(await post("/chat/poll", { ...hello(), wait: true }, signal));
        polling = null;
        deaf = 1; // perhaps sockets come through by now
        go();
      } catch {
        polling = null;
        again();
      }
    };

    const flush = async () => {
      go();
      if (!alive) return;
      for (const message of pending()) {
        const frame = { t: "say", ...message };
        if (socket) socket.send(JSON.stringify(frame));
        else {
          try {
            answered(await post("/chat/send", { ...frame, token: kept("token", null) }));
          } catch {
            return;
          }
        }
      }
    };
    const go = () => {
      if (!wanted || socket || polling) return;
      clearTimeout(timer);
      "WebSocket" in window && deaf < 2 ? dial() : poll();
    };
    const hurry = () => {
      if (!alive && wanted) {
        clearTimeout(timer);
        go();
      }
    };
    addEventListener("online", hurry);
    document.addEventListener("visibilitychange", () => (document.hidden || hurry(), read()));
    const tell = (frame) => {
      if (socket && alive) socket.send(JSON.stringify(frame));
      else if (alive) post("/chat/send", { ...frame, token: kept("token", null) }).catch(() => {});
    };
    return { flush, tell, want: () => ((wanted = true), go()) };
  })();

  // How it is used --------------------------------------------------------------------------------------------------

  const grow = () => {
    writing.style.height = "auto";
    writing.style.height = `${Math.min(writing.scrollHeight + 2, 120)}px`;
  };
  const toggle = (isOpen) => {
    opened = isOpen;
    panel.hidden = !isOpen;
    shell.classList.toggle("open", isOpen);
    launch.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      road.want();
      lines.scrollTop = lines.scrollHeight;
      (about.hidden || required.every((field) => !field) ? writing : name).focus({ preventScroll: true });
    } else launch.focus();
    read();
  };

  launch.addEventListener("click", () => toggle(!opened));
  closing.addEventListener("click", () => toggle(false));
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") toggle(false);
    event.stopPropagation(); // the page's own shortcuts are not meant here
  });
  writing.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  writing.addEventListener("input", grow);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  addEventListener("storage", count);

  const who = kept("who", {});
  name.value = who.name || "";
  contact.value = who.contact || "";
  clear();
  pending().forEach((message) => put({ ...message, who: "you" }));
  know();
  if (kept("token") || pending().length) road.want();
  window.gembaChat = { open: () => toggle(true), close: () => toggle(false) };
})();
