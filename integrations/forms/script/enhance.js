// One form: checked while it is filled in, sent once, and never emptied before it has arrived.
const enhance = (form) => {
  if (form.dataset.gembaReady) return;
  form.dataset.gembaReady = "yes";
  form.noValidate = true;
  const say = ours.texts[languageOf(form)], output = outputOf(form), began = performance.now();
  const draft = "form." + form.dataset.gemba;
  const left = new Set(); // fields that were typed in and left: only of these errors are told before it is sent
  let submission = kept(draft)?.id || freshId();
  let sending = false, timer = 0, asked = 0;

  // A field that no human sees: who fills it in is none.
  const trap = document.createElement("input");
  Object.assign(trap, { type: "text", name: ours.marks.trap, tabIndex: -1, autocomplete: "off", title: say.leave_empty });
  trap.setAttribute("aria-hidden", "true");
  trap.style.cssText = "position:absolute;left:-9999px;width:1px;height:1px;opacity:0";
  form.append(trap);

  const keepDraft = () => {
    const fields = typedIn(form);
    delete fields[trap.name];
    for (const name of Object.keys(fields)) if (fieldsOf(form, name).some((field) => field.type === "password")) delete fields[name];
    keep(draft, { id: submission, fields, at: Date.now() });
  };
  const restore = () => {
    const before = kept(draft);
    if (!before || Date.now() - before.at > 24 * 3600 * 1000) return keep(draft, null);
    for (const [name, value] of Object.entries(before.fields)) {
      for (const field of fieldsOf(form, name)) {
        // A box of consent is ticked by hand, each time anew.
        if (/^(checkbox|radio|file|submit|button)$/.test(field.type) || field.value) continue;
        field.value = Array.isArray(value) ? value[0] : value;
      }
    }
  };
  const tell = (errors, only) => {
    let first = null;
    for (const [name, text] of Object.entries(errors)) {
      const [field] = fieldsOf(form, name);
      if (only && !(field && left.has(name) && field.value.trim())) continue;
      if (field) {
        showError(field, text);
        if (!first || field.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING) first = field;
      } else if (!only) output.textContent = text;
    }
    if (!only) first?.focus();
  };
  const look = async () => {
    const mine = ++asked;
    try {
      const { status, told } = await ask(form, typedIn(form), { check: true });
      if (mine !== asked || sending) return;
      for (const name of left) if (!told.errors?.[name]) fieldsOf(form, name).forEach(clearError);
      if (status === 422) tell(told.errors, true);
    } catch { /* no line: the submission itself will tell */ }
  };
  const done = (id) => {
    keep(draft, null);
    submission = freshId();
    left.clear();
    form.reset();
    output.textContent = form.dataset.thanks || `${say.thanks} ${say.thanks_more}`;
    form.dispatchEvent(new CustomEvent("gemba:sent", { bubbles: true, detail: { form: form.dataset.gemba, id } }));
    const next = form.querySelector("input[name=_next]")?.value;
    if (next) location.assign(next);
  };
  const send = async () => {
    const fields = {
      page: (location.origin + location.pathname).slice(0, 2000),
      trail: visit.told(),
      ...typedIn(form),
      submission_id: submission,
      [ours.marks.seal]: ours.seal,
      [ours.marks.took]: Math.round(performance.now() - began),
    };
    if (form.dataset.offer) fields.offer ||= form.dataset.offer;
    for (let tries = 0; ; tries++) {
      try {
        const { status, told, wait } = await ask(form, fields);
        if (status === 202 || status === 200) return done(told.id);
        if (status === 422) {
          output.textContent = "";
          return tell(told.errors);
        }
        if (status !== 503 || tries > 5) return void (output.textContent = told.error || say.try_again);
        await new Promise((resolve) => setTimeout(resolve, (wait || 5) * 1000));
      } catch {
        output.textContent = say.offline;
        await isUp();
      }
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    keepDraft();
    [...form.elements].forEach(clearError);
    const buttons = [...form.elements].filter((element) => /^(submit|image)$/.test(element.type));
    buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
    form.setAttribute("aria-busy", "true");
    output.textContent = say.sending;
    try {
      await send();
    } finally {
      sending = false;
      form.removeAttribute("aria-busy");
      buttons.forEach((button) => button.removeAttribute("aria-disabled"));
    }
  });
  form.addEventListener("input", ({ target }) => {
    if (target === trap || !target.name) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      keepDraft();
      if (target.getAttribute("aria-invalid")) look();
    }, 400);
  });
  form.addEventListener("focusout", ({ target }) => {
    if (target === trap || !target.name || !target.value?.trim()) return;
    left.add(target.name);
    if (/^(tel|email)$/.test(target.type) || /phone|tel|mail|тел|почт/i.test(target.name)) look();
  });
  restore();
};
const enhanceAll = () => document.querySelectorAll("form[data-gemba]").forEach(enhance);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", enhanceAll);
else enhanceAll();
// A form that a page builder puts in later, in a pop-up.
new MutationObserver(enhanceAll).observe(document.documentElement, { childList: true, subtree: true });
window.gembaForms = { enhance };
