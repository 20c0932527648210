// Where the visitor comes from and what he has looked at: the first touch, the last one, the pages. Only known marks and
// paths are ever kept, never a whole address, which may hold an e-mail. One record for all scripts of ours on the page.
const visit = ((window.gemba ||= {}).visit ||= (() => {
  const CLICKS = ["yclid", "gclid", "gbraid", "wbraid", "vkclid", "rb_clickid", "fbclid", "msclkid", "ttclid", "ysclid"];
  const MOST_PAGES = 20, LONGEST_READ = 1800, A_VISIT = 30 * 60e3;
  const STRICTER = ["auto", "consent", "off"];
  let mode = "auto", page = null, since = 0;

  const path = (address) => address.pathname.replace(/[^/]*(@|%40)[^/]*/gi, "…").slice(0, 512);
  const elsewhere = () => {
    const bare = (host) => host.replace(/^www\./, "");
    try {
      const from = new URL(document.referrer);
      return bare(from.host) === bare(location.host) ? "" : from.origin + path(from);
    } catch {
      return "";
    }
  };
  const arrival = () => {
    const asked = new URLSearchParams(location.search), touch = { at: Date.now(), page: location.origin + path(location) };
    for (const name of ["utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"]) {
      if (asked.get(name)) touch[name] = asked.get(name).slice(0, 256);
    }
    const click = CLICKS.find((name) => asked.get(name));
    if (click) touch.click_id = `${click}:${asked.get(click)}`.slice(0, 256);
    const referrer = elsewhere();
    if (referrer) touch.referrer = referrer;
    return touch;
  };
  const here = arrival(); // the address may change under a page that never reloads
  const marksOf = ({ at, page: landing, referrer, ...marks }) => JSON.stringify(marks);
  const isMarked = (touch) => marksOf(touch) !== "{}";

  const allowed = () =>
    mode !== "off" && navigator.doNotTrack !== "1" && !navigator.globalPrivacyControl &&
    kept("tracking", mode === "auto") === true;
  const write = (change) => {
    const record = kept("visit", null) || { first: here, last: here, pages: [] };
    change(record);
    keep("visit", record);
  };

  const arrive = () => write((record) => {
    const before = record.pages.at(-1), isOver = !before || Date.now() - before.at - before.seconds * 1e3 > A_VISIT;
    // A referrer alone within a visit is the way back from a bank or a login; marks alone are a reload or a copied link.
    const isNew = isMarked(here) ? isOver || marksOf(here) !== marksOf(record.last) : here.referrer && isOver;
    if (isNew || (!isMarked(record.last) && !record.last.referrer && isOver)) record.last = here;
  });
  const count = () => {
    const now = Date.now(), seconds = since ? (now - since) / 1e3 : 0;
    since = document.hidden ? 0 : now;
    if (page && seconds && allowed()) write(({ pages }) => {
      const own = pages.find((one) => one.at === page.at && one.page === page.page);
      if (own) own.seconds = Math.min(LONGEST_READ, Math.round((own.seconds + seconds) * 10) / 10);
    });
  };
  const look = () => {
    if (page?.page === path(location)) return;
    count();
    page = { page: path(location), at: Date.now(), seconds: 0 };
    if (allowed()) write((record) => (record.pages = [...record.pages, page].slice(-MOST_PAGES)));
  };
  const begin = () => {
    if (!allowed()) return keep("visit", null);
    arrive();
    page = null;
    look();
  };

  addEventListener("visibilitychange", count, true);
  addEventListener("pagehide", count);
  addEventListener("popstate", look);
  window.navigation?.addEventListener?.("currententrychange", look);
  window.gemba.allowTracking = (isAllowed) => {
    keep("tracking", Boolean(isAllowed));
    begin();
  };

  let begun = false;
  return {
    /* `data-tracking` of each script that is on the page; the strictest holds. */
    limit: (asked) => {
      const wanted = STRICTER.includes(asked) ? asked : "auto", is = STRICTER.indexOf(wanted) > STRICTER.indexOf(mode);
      if (is) mode = wanted;
      if (is || !begun) begin();
      begun = true;
    },
    /* Without permission: what the page itself tells, and nothing is kept. */
    told: () => {
      if (!allowed()) return { last: here };
      count();
      const { first, last, pages } = kept("visit", null) || { first: here, last: here, pages: [] };
      const metrica = /(?:^|;\s*)_ym_uid=(\d{8,32})(?:;|$)/.exec(document.cookie);
      return { first, last, pages, ...(metrica ? { ym_uid: metrica[1] } : {}) };
    },
  };
})());
visit.limit(document.currentScript?.dataset.tracking);
