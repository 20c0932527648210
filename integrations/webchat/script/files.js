// Files: chosen, pasted or dropped; brought to the server first, then said as messages of their own.
const MOST_FILES = 10;
const held = new Map(); // a message's id → { file, url, share }: what this page itself holds of its file
let chosen = []; // in the tray, not sent yet
let unsaid = []; // on their way to the server; who leaves the page before has not sent them
let carrying = false;

const sized = (bytes) => new Intl.NumberFormat(language, bytes < 1e6
  ? { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 }
  : { style: "unit", unit: "megabyte", maximumFractionDigits: 1 }).format(Math.max(bytes, 1000) / (bytes < 1e6 ? 1e3 : 1e6));

const picking = make("input", { type: "file", multiple: true, hidden: true, tabIndex: -1,
  accept: ours.files.endings.map((ending) => "." + ending).join() });
const attaching = make("button", { className: "attach", type: "button", "aria-label": say.attach },
  icon("M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14 7.5"));
const tray = make("ul", { className: "tray", hidden: true });
const drop_here = make("p", { className: "drop", textContent: say.drop, hidden: true });
panel.append(drop_here);
form.insertBefore(tray, form.lastChild);
form.lastChild.prepend(attaching, picking);

const attach = (files) => {
  for (const file of files) {
    const ending = file.name.split(".").pop().toLowerCase();
    const wrong = !ours.files.endings.includes(ending) && !/^image\/(jpeg|png|webp|gif)$/.test(file.type) ? say.file_wrong_type
      : file.size > ours.files.largest ? say.file_too_large : !file.size ? say.file_empty
      : chosen.length >= MOST_FILES ? say.file_too_many : "";
    if (wrong) {
      fault("text", `${file.name}: ${wrong}`);
      continue;
    }
    const id = freshId();
    held.set(id, { file, url: /^image\//.test(file.type) ? URL.createObjectURL(file) : "", share: 0 });
    chosen.push({ id, name: file.name, size: file.size, picture: /^image\/(jpeg|png|webp)$/.test(file.type) });
    fault();
  }
  show_tray();
  writing.focus();
};
const show_tray = () => {
  tray.hidden = !chosen.length;
  tray.replaceChildren(...chosen.map((file) => {
    const away = make("button", { type: "button", "aria-label": say.remove.replace("{name}", file.name) }, icon("M6 6l12 12M18 6L6 18"));
    on(away, "click", () => {
      held.delete(file.id);
      chosen = chosen.filter((each) => each !== file);
      show_tray();
      attaching.focus();
    });
    const { url } = held.get(file.id);
    return make("li", {}, file.picture && url ? make("img", { src: url, alt: "" }) : null,
      make("span", { textContent: file.name }), make("small", { textContent: sized(file.size) }), away);
  }));
};

/* What stands in a line: a picture in place, everything else to save. */
const draw_file = ({ id, n, file }) => {
  const mine = held.get(id);
  const link = file.url && `${server}${file.url}?lang=${language}`;
  const picture = file.picture && (mine?.url || link);
  const element = make(link ? "a" : "span", { className: picture ? "picture" : "file" });
  if (link) {
    Object.assign(element, { href: link, target: "_blank", rel: "noopener" });
    on(element, "click", (event) => {
      if (Date.now() < file.until) return;
      event.preventDefault(); // an old link: for a new one first
      road.tell({ t: "link", n });
    });
  }
  if (picture) {
    const image = make("img", { src: picture, alt: file.name, loading: "lazy" });
    on(image, "load", () => atEnd && (lines.scrollTop = lines.scrollHeight));
    element.append(image);
  } else {
    const about = [file.size && sized(file.size), !link && n && say.file_unshown].filter(Boolean).join(", ");
    element.append(icon("M14 3H6v18h12V7zM14 3v4h4"), make("span", {}, make(link ? "u" : "span", { textContent: file.name }), make("small", { textContent: about })));
  }
  if (mine?.share < 1) element.append(make("progress", { max: 1, value: mine.share, "aria-label": say.uploading }));
  return element;
};

/* One after another; one that broke off begins again by itself, and arrives once. */
const carry = () => {
  const [message] = unsaid, token = kept("token");
  if (carrying || !message || !token) return;
  carrying = true;
  const mine = held.get(message.id), request = new XMLHttpRequest();
  const done = (seconds) => setTimeout(() => ((carrying = false), carry()), seconds * 1000);
  request.open("POST", `${server}/chat/file?lang=${language}`);
  request.setRequestHeader("Authorization", "Bearer " + token);
  request.setRequestHeader("X-File-Id", message.id);
  request.setRequestHeader("X-File-Name", encodeURIComponent(message.file.name));
  request.upload.onprogress = ({ loaded, total }) => {
    mine.share = Math.min(loaded / total, 0.99);
    const bar = shown.get(message.id)?.element.querySelector("progress");
    if (bar) bar.value = mine.share;
  };
  request.onerror = () => done(3);
  request.onload = () => {
    const isTaken = request.status === 200;
    if (!isTaken && ![400, 413, 415, 507].includes(request.status)) return done(+request.getResponseHeader("Retry-After") || 5);
    const told = JSON.parse(request.responseText);
    unsaid = unsaid.filter((each) => each !== message);
    if (isTaken) Object.assign(message.file, told);
    keep("pending", [...pending(), message]);
    if (isTaken) {
      mine.share = 1;
      put({ ...message, who: "you" });
      road.flush();
    } else answered({ t: "no", id: message.id, field: "file", text: `${message.file.name}: ${told.error}` });
    done(0);
  };
  request.send(mine.file);
};
addEventListener("beforeunload", (event) => unsaid.length && event.preventDefault());

on(picking, "change", () => {
  attach(picking.files);
  picking.value = "";
});
on(attaching, "click", () => picking.click());
on(writing, "paste", (event) => {
  if (event.clipboardData.files.length) {
    event.preventDefault();
    attach(event.clipboardData.files);
  }
});
const dragged = (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  drop_here.hidden = event.type !== "dragover";
  if (event.type === "drop") attach(event.dataTransfer.files);
};
for (const type of ["dragover", "drop"]) on(panel, type, dragged);
on(panel, "dragleave", (event) => (drop_here.hidden = panel.contains(event.relatedTarget)));
