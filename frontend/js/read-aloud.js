// Reads the page's main part, block by block: long utterances are cut off by some voices.
const BLOCKS = "h1, h2, h3, h4, p, li, dt, dd, caption, th, td, figcaption, legend, label, summary";
const NEVER = "[hidden], nav, script, style, template, .no-read";

let playing = null;

function texts(part) {
  const found = [];
  for (const block of part.querySelectorAll(BLOCKS)) {
    const inner = block.querySelector(BLOCKS);
    if (inner || block.closest(NEVER)) continue;
    const text = block.textContent.replace(/\s+/g, " ").trim();
    if (text) found.push(text);
  }
  return found;
}

function stop() {
  speechSynthesis.cancel();
  if (!playing) return;
  playing.setAttribute("aria-pressed", "false");
  playing.lastChild.textContent = playing.dataset.read;
  playing = null;
}

function speak(button) {
  const part = document.querySelector(button.dataset.part || "#main");
  const html = document.documentElement;
  const queue = texts(part);
  stop();
  if (!queue.length) return;
  playing = button;
  button.setAttribute("aria-pressed", "true");
  button.lastChild.textContent = button.dataset.stop;
  queue.forEach((text, index) => {
    const words = new SpeechSynthesisUtterance(text);
    words.lang = html.lang;
    words.rate = html.dataset.mode === "elder" ? 0.85 : 1;
    if (index === queue.length - 1) words.onend = stop;
    words.onerror = (event) => { if (event.error !== "interrupted" && event.error !== "canceled") stop(); };
    speechSynthesis.speak(words);
  });
}

/** Show and wire <button data-read="朗读" data-stop="停" hidden>; it stays hidden where nothing can speak. */
export function startReadAloud(root) {
  if (!("speechSynthesis" in window)) return;
  for (const button of root.querySelectorAll("button[data-read]:not([data-on])")) {
    button.dataset.on = "";
    button.hidden = false;
    // In the header its place is kept from the start, so that nothing moves.
    button.closest("[data-off]")?.removeAttribute("data-off");
    button.addEventListener("click", () => (playing === button ? stop() : speak(button)));
  }
  if (root === document) window.addEventListener("pagehide", stop);
}
