// The page: who looks, and keeping every screen up to date.
import { refreshTimes } from "./entities.js";
import { call, follow } from "./line.js";
import { name } from "./message.js";
import { Screen } from "./screen.js";
import { element, words } from "./words.js";

const screens = new Map();
const main = document.getElementById("screens");
const state = document.getElementById("state");
let botName = "";

function remember() {
  const open = [...screens.values()].map(({ person, chat }) => (chat === person ? person : `${person}@${chat}`));
  const query = screens.size ? `?people=${open.join(",")}` : location.pathname;
  history.replaceState(null, "", query);
}

async function toggle(person, chat = person) {
  const screen = screens.get(person);
  if (screen) {
    screen.root.remove();
    screens.delete(person);
  } else {
    const made = new Screen(person, chat, botName, () => toggle(person), remember);
    screens.set(person, made);
    main.append(made.root);
  }
  remember();
  await refresh();
}

async function refresh() {
  const people = await call("people", {});
  const chips = people.map((person) => {
    const chip = element("button", screens.has(person.id) ? "chip on" : "chip", name(person));
    chip.type = "button";
    chip.onclick = () => toggle(person.id);
    return chip;
  });
  document.getElementById("people").replaceChildren(...chips);
  main.querySelector(":scope > .empty")?.remove();
  if (!screens.size) main.append(element("div", "empty", words.choose));
  await Promise.all([...screens.values()].map((screen) => screen.refresh()));
}

const newcomer = document.getElementById("newcomer");
newcomer.elements.name.placeholder = words.name;
newcomer.elements.name.ariaLabel = words.name;
newcomer.querySelector("button").textContent = words.add;
newcomer.onsubmit = async (event) => {
  event.preventDefault();
  const field = newcomer.elements.name;
  if (!field.value.trim()) return;
  const person = await call("create_person", { first_name: field.value.trim() });
  field.value = "";
  await toggle(person);
};

const later = document.getElementById("later");
const forward = (label, seconds) => {
  const button = element("button", "", label);
  button.type = "button";
  button.onclick = async () => {
    const now = new Date(await call("now", {}) * 1000);
    await call("advance", { seconds: seconds(now) });
  };
  later.append(button);
};
forward(words.hourLater, () => 3600);
forward(words.nextMorning, (now) => {
  const morning = new Date(now);
  do morning.setDate(morning.getDate() + 1); while ([0, 6].includes(morning.getDay()));
  morning.setHours(9, 0, 5, 0);
  return (morning - now) / 1000;
});

setInterval(async () => {
  if (!main.querySelector("time[data-unix]")) return;
  await call("now", {}).then((now) => refreshTimes(main, now), () => {});
}, 5000);

botName = (await call("about", {})).bot;
// ?people=7,8@-1001: whose eyes to look through, and at which chat.
for (const shown of (new URLSearchParams(location.search).get("people") ?? "").split(",").filter(Boolean)) {
  const [person, chat] = shown.split("@").map(Number);
  await toggle(person, chat ?? person);
}
follow(refresh, (online) => { state.textContent = online ? words.online : words.offline; });
