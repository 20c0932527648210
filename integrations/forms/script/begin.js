// Which forms are ours: <form data-gemba="name" action="https://…/forms/name" method="post">.
const script = document.currentScript;
if (!script || window.gembaForms) return;
const server = new URL(script.src).origin;
const languageOf = (form) =>
  [form.lang, script.dataset.lang, document.documentElement.lang, navigator.language, ours.locale]
    .map((tag) => (tag || "").slice(0, 2).toLowerCase())
    .find((tag) => tag in ours.texts);
