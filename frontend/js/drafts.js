// What was typed survives a reload, a lost line and a run-out session, in this tab only.
// <form data-draft> is kept; <form data-no-draft> never, nor passwords, files, hidden fields, ballots.

const PREFIX = "draft:";
const KEPT = "input:not([type=password], [type=file], [type=hidden], [type=submit], [type=button]), select, textarea";

const store = (() => {
  try {
    sessionStorage.setItem(PREFIX, "");
    sessionStorage.removeItem(PREFIX);
    return sessionStorage;
  } catch {
    return null; // a browser that keeps nothing
  }
})();

const keyOf = (form) => `${PREFIX}${location.pathname}#${form.id || form.dataset.draft || ""}`;
const kept = (form) => [...form.elements].filter((box) => box.name && box.matches(KEPT) && !box.closest("[data-no-draft]"));
const isTick = (box) => box.type === "checkbox" || box.type === "radio";

function gather(form) {
  const values = {};
  for (const box of kept(form)) {
    if (isTick(box)) {
      if (box.checked) (values[box.name] ??= []).push(box.value);
    } else if (box.value) values[box.name] = [box.value];
  }
  return values;
}

function save(form, sent = false) {
  const values = gather(form);
  if (Object.keys(values).length) store.setItem(keyOf(form), JSON.stringify({ values, sent }));
  else store.removeItem(keyOf(form));
}

/** Whether the server has sent this form back with what to mend: what it wrote is newer than any draft. */
const isReturned = (form) => Boolean(document.querySelector(".summary") || form.querySelector("[aria-invalid=true]"));

function putBack(box, saved) {
  if (isTick(box)) {
    const checked = saved.includes(box.value);
    if (box.checked === checked) return false;
    box.checked = checked;
    return true;
  }
  if (box.value === saved[0]) return false;
  box.value = saved[0];
  return true;
}

/** Put a draft back, over defaults too. Returns whether anything changed. */
function restore(form, values) {
  let changed = false;
  for (const box of kept(form)) {
    const saved = values[box.name];
    if (!saved || !putBack(box, saved)) continue;
    changed = true;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return changed;
}

function read(key) {
  try {
    return JSON.parse(store.getItem(key));
  } catch {
    return null;
  }
}

/** A draft that was sent is done, unless this page is a sign-in or an error on the way. */
function dropSent(root) {
  if ("keepDrafts" in document.body.dataset) return;
  const here = new Set([...root.querySelectorAll("form[data-draft]")].map(keyOf));
  for (const key of Object.keys(store).filter((name) => name.startsWith(PREFIX))) {
    if (!here.has(key) && read(key)?.sent) store.removeItem(key);
  }
}

function forgetAll() {
  Object.keys(store).filter((name) => name.startsWith(PREFIX)).forEach((name) => store.removeItem(name));
}

function watch(form) {
  let timer = 0;
  form.dataset.on = "";
  const draft = read(keyOf(form));
  const note = form.querySelector("[data-draft-note]");
  if (draft && !isReturned(form) && restore(form, draft.values) && note) note.hidden = false;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => save(form), 300);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    save(form, true);
  });
  form.querySelector("[data-draft-forget]")?.addEventListener("click", () => {
    store.removeItem(keyOf(form));
    form.reset();
    kept(form).forEach((box) => box.dispatchEvent(new Event("input", { bubbles: true })));
    clearTimeout(timer);
    store.removeItem(keyOf(form));
    if (note) note.hidden = true;
  });
}

/** Keep, put back and clear the drafts of the forms in `root`. */
export function startDrafts(root) {
  if (!store) return;
  if (root === document) {
    dropSent(root);
    document.addEventListener("submit", (event) => {
      if (event.target.matches("[data-forget-drafts], [action$='/logout/']")) forgetAll();
    });
  }
  for (const form of root.querySelectorAll("form[data-draft]:not([data-no-draft], [data-on])")) watch(form);
}
