// How it is used.
const grow = () => {
  writing.style.height = "auto";
  writing.style.height = `${Math.min(writing.scrollHeight + 2, 120)}px`;
};
/* Where it fills the screen, nothing beside it can be reached; elsewhere the page stays in use. */
const full = matchMedia("(max-width: 480px), (max-height: 420px)");
let opener = launch;
const toggle = (isOpen, from = launch) => {
  if (isOpen && !opened) opener = from;
  opened = isOpen;
  panel.setAttribute("aria-modal", String(full.matches));
  panel.hidden = !isOpen;
  shell.classList.toggle("open", isOpen);
  launch.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) {
    road.want();
    lines.scrollTop = lines.scrollHeight;
    (about.hidden || about.classList.contains("again") || required.every((field) => !field) ? writing : name).focus({ preventScroll: true });
  } else (opener?.isConnected && opener !== document.body ? opener : launch).focus();
  read();
};

on(launch, "click", () => toggle(!opened));
on(closing, "click", () => toggle(false));
on(panel, "keydown", (event) => {
  if (event.key === "Escape") toggle(false);
  if (event.key === "Tab" && full.matches) {
    const stops = [...panel.querySelectorAll("a[href], button, input, textarea, [tabindex='0']")].filter(
      (each) => !each.disabled && each.getClientRects().length,
    );
    if (event.shiftKey) stops.reverse();
    if (root.activeElement === stops.at(-1)) {
      event.preventDefault();
      stops[0].focus();
    }
  }
  event.stopPropagation(); // the page's own shortcuts are not meant here
});
on(writing, "keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  }
});
on(writing, "input", () => {
  grow();
  if (!writing.value || Date.now() - typed < 4000) return;
  typed = Date.now();
  road.tell({ t: "typing" });
});
on(form, "submit", (event) => {
  event.preventDefault();
  submit();
});
addEventListener("storage", count);
on(lines, "scroll", () => (atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60));

clear();
identify(data.identity);
const who = kept("who", {});
name.value = who.name || "";
contact.value = who.contact || "";
pending().forEach((message) => put({ ...message, who: "you" }));
know();
if (identity || kept("token") || pending().length) road.want();
window.gembaChat = {
  open: () => toggle(true, document.activeElement),
  close: () => toggle(false),
  identify: (token) => {
    identify(token);
    road.anew();
    if (identity) road.want();
  },
};
