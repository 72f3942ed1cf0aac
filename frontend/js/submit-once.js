// A second tap on a slow line must not raise the same issue twice. The server keeps its own guard.

const STAYS = 3000;

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled=true][data-was]")) {
    button.removeAttribute("aria-disabled");
    button.lastChild.textContent = button.dataset.was;
    delete button.dataset.was;
  }
}

function mark(button) {
  // The last text only: the icon before it stays.
  button.dataset.was = button.lastChild ? button.lastChild.textContent : "";
  button.setAttribute("aria-disabled", "true");
  const busy = button.dataset.busy || document.body.dataset.busy;
  if (busy && button.lastChild) button.lastChild.textContent = busy;
}

function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || (form.method || "").toLowerCase() !== "post") return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  // After the browser has gathered the fields: a disabled button's own value would be lost.
  const button = event.submitter;
  if (button) setTimeout(() => mark(button), 0);
  // A download leaves the page where it is.
  if ("stays" in form.dataset) setTimeout(() => release(form), STAYS);
}

/** Let every POST form go once; coming back to the page frees it again. */
export function startSubmitOnce() {
  document.addEventListener("submit", onSubmit);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });
}
