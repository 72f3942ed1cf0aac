/** Characters as people count them: an emoji or a rare character is one. */
const lengthOf = (text) => Array.from(text.replace(/\r?\n/g, "\n")).length;

function show(counter, box, limit) {
  const left = limit - lengthOf(box.value);
  const words = left < 0 ? counter.dataset.over : counter.dataset.left;
  counter.textContent = words.replace("{n}", Math.abs(left));
  counter.classList.toggle("over", left < 0);
  counter.classList.toggle("soon", left >= 0 && left <= limit / 10);
}

/** Count down beside a box: <p class="count" data-count="id" data-limit="500" data-left="…{n}…" data-over="…{n}…">. */
export function startCounters(root) {
  for (const counter of root.querySelectorAll("[data-count]:not([data-on])")) {
    const box = document.getElementById(counter.dataset.count);
    if (!box) continue;
    const limit = Number(counter.dataset.limit);
    counter.dataset.on = "";
    // The browser's own limit stops typing in the middle of a word and says nothing.
    box.removeAttribute("maxlength");
    box.addEventListener("input", () => show(counter, box, limit));
    show(counter, box, limit);
  }
}
