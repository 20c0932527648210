// How it is used.
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
writing.addEventListener("input", () => {
  grow();
  if (!writing.value || Date.now() - typed < 4000) return;
  typed = Date.now();
  road.tell({ t: "typing" });
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
addEventListener("storage", count);
lines.addEventListener("scroll", () => (atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60));

const who = kept("who", {});
name.value = who.name || "";
contact.value = who.contact || "";
clear();
pending().forEach((message) => put({ ...message, who: "you" }));
know();
if (kept("token") || pending().length) road.want();
window.gembaChat = { open: () => toggle(true), close: () => toggle(false) };
