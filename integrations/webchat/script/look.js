// What stands on the page.
const on = (target, type, listener) => target.addEventListener(type, listener);
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
/* Only what is new is read aloud, once: not a tick that changes. */
const lines = make("div", { className: "lines", role: "log", tabIndex: 0, "aria-relevant": "additions", "aria-label": data.title || say.title });
const standing = make("p", { className: "standing", role: "status" });
const name = make("input", { id: "name", autocomplete: "name", maxLength: 128 });
const contact = make("input", { id: "contact", autocomplete: "tel", maxLength: 128 });
const consent = make("input", { type: "checkbox", id: "consent" });
const news = make("input", { type: "checkbox", id: "news" });
const label = (field, text) => make("label", { htmlFor: field.id },
  text, required.includes(field.id) ? null : make("small", { textContent: ` (${say.optional})` }));
const leave = make("p", { className: "leave", textContent: say.leave, hidden: true });
const error = make("p", { className: "error", id: "error", role: "alert" });
const about = make("div", { className: "about" },
  label(name, say.name), name, make("div", { className: "reach" }, leave, label(contact, say.contact), contact),
  ours.privacy && make("p", { className: "box" }, consent, make("label", { htmlFor: "consent" }, say.consent),
    make("a", { href: ours.privacy, target: "_blank", rel: "noopener", textContent: say.privacy })),
  "advertising" in data ? make("p", { className: "box" }, news, make("label", { htmlFor: "news" }, say.advertising)) : null);
const writing = make("textarea", { id: "writing", rows: 1, maxLength: LONGEST, placeholder: say.write,
  "aria-label": say.write, enterKeyHint: "send" });
const sending = make("button", { className: "send", type: "submit", "aria-label": say.send },
  icon("M3 11l18-8-8 18-2-8z"));
const form = make("form", { noValidate: true }, about, error, make("div", { className: "row" }, writing, sending));
const heard = make("p", { className: "heard", role: "status" }); // what is new while the window is closed, for the ear
const panel = make("section", { className: "window", id: "window", role: "dialog", "aria-labelledby": "title", hidden: true },
  make("header", {}, make("div", {}, title, status), closing), notice, lines, standing, form);
const shell = make("div", { className: "shell", lang: language }, panel, launch, heard);
shell.dataset.theme = data.theme || "auto";
shell.dataset.position = data.position === "left" ? "left" : "right";
root.append(shell);

const brand = CSS.supports("color", data.color || "") ? data.color : "#1f6feb";
style.replaceSync(look);
document.body ? document.body.append(host) : addEventListener("DOMContentLoaded", () => document.body.append(host));

/* White or black on the brand's colour, whichever is read better. */
const drawn = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
drawn.fillStyle = brand;
drawn.fillRect(0, 0, 1, 1);
const [red, green, blue] = Array.from(drawn.getImageData(0, 0, 1, 1).data, (part) =>
  part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
shell.style.setProperty("--brand", brand);
shell.style.setProperty("--on", 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#fff" : "#000");
