// What is filled in, as the server wants it; and the server asked, once or until it answers.
const typedIn = (form) => {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    const text = typeof value === "string" ? value : value.name;
    fields[name] = name in fields ? [].concat(fields[name], text) : text;
  }
  return fields;
};
const ask = async (form, fields, { check } = {}) => {
  const address = new URL(form.getAttribute("action") || `/forms/${form.dataset.gemba}`, server);
  address.searchParams.set("lang", languageOf(form));
  if (check) address.searchParams.set("check", "1");
  const body = JSON.stringify(fields);
  // A page that is left while it is sent: the browser finishes it.
  const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: body.length < 60000 });
  const told = await answer.json().catch(() => ({}));
  return { status: answer.status, told, wait: Number(answer.headers.get("Retry-After")) || 0 };
};
const isUp = () =>
  new Promise((resolve) => {
    const go = () => (window.removeEventListener("online", go), resolve());
    window.addEventListener("online", go);
    if (navigator.onLine) setTimeout(go, 5000);
  });
