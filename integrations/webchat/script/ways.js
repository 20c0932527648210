// Other ways to go on: our Telegram by a link for this visitor alone, and what the page itself links to.
const SCHEMES = ["https:", "tel:", "mailto:", "viber:", "whatsapp:", "tg:"];
const WAYS = { vk: "VK", whatsapp: "WhatsApp", max: "MAX", viber: "Viber" };
const way = (title, address) => {
  try {
    const { href, protocol } = new URL(address);
    if (SCHEMES.includes(protocol)) return make("a", { href, target: "_blank", rel: "noopener noreferrer", textContent: title });
  } catch { /* no address: no link */ }
  return null;
};
const telegram = make("button", { type: "button", textContent: say.telegram, hidden: true });
const linked = Object.keys(WAYS).map((name) => data[name] && way(WAYS[name], data[name])).filter(Boolean);
const ways = make("nav", { className: "ways", hidden: !linked.length, "aria-label": say.ways },
  make("span", { textContent: say.ways }), telegram, ...linked);
panel.append(ways);

let going = null; // the tab that waits for its address: a browser opens none that was not asked for by a click
on(telegram, "click", () => {
  going?.close();
  const tab = window.open("", "_blank");
  if (tab) tab.opener = null;
  going = tab;
  road.tell({ t: "go", from: visit.told() });
  setTimeout(() => tab && going === tab && go(null), 8000);
});
const go = (url) => {
  if (url && going && !going.closed) going.location.replace(url);
  else if (url) location.assign(url);
  else going?.close();
  going = null;
};
const offer = (hasTelegram) => {
  telegram.hidden = !hasTelegram || data.telegram === "off";
  ways.hidden = telegram.hidden && !linked.length;
};
