// Who is logged in on the site: the site signs it, the server reads it; here it is only seen when it changes.
let identity = "";
let self = null; // what the server knows of who is logged in
const subject = (token) => {
  try {
    return String(JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub);
  } catch {
    return null;
  }
};
/* What was somebody's is left to nobody else who sits down here. */
const depart = () => {
  ["token", "who", "agreed", "pending", "read", "told", "self"].forEach((name) => keep(name, null));
  unsaid = chosen = [];
  name.value = contact.value = writing.value = "";
  show_tray();
  self = null;
  clear();
  know();
};
const identify = (token) => {
  identity = String(token || "");
  const me = identity && subject(identity);
  if (kept("self") ? kept("self") !== me : !me && isOurs()) depart();
  keep("self", me || null);
};
const isOurs = () => kept("token", "").startsWith("v2.");
const passed = ({ self: told, refused }) => {
  if (refused && !self) console.warn("gemba: nobody is logged in here: " + refused);
  if (refused && !told) keep("self", null);
  self = told;
};
