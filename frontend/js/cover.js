// Covering parts of a photo: a box drawn with a finger or the mouse, besides the cells that work without scripts.

const WHOLE = 1000;
// A finger that wanders less has tapped a cell.
const WANDER = 10;
// A box that is thinner covers nothing that anybody could see.
const LEAST = 8;

/** Return a number held between two others. */
const held = (number, least, most) => Math.min(most, Math.max(least, number));

/** Return where a pointer is on the photo, in thousandths. */
function place(photo, event) {
  const edge = photo.getBoundingClientRect();
  return [
    held(((event.clientX - edge.left) / edge.width) * WHOLE, 0, WHOLE),
    held(((event.clientY - edge.top) / edge.height) * WHOLE, 0, WHOLE),
  ].map(Math.round);
}

/** Return the box between two places: left, top, width, height. */
function between([x, y], [toX, toY]) {
  return [Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y)];
}

/** Put a box's element where it belongs. */
function lay(element, box) {
  ["left", "top", "width", "height"].forEach((side, index) => {
    element.style[side] = `${box[index] / (WHOLE / 100)}%`;
  });
}

/** Let somebody draw boxes on the photo of a form. */
function startForm(form) {
  const photo = form.querySelector("[data-cover-photo]");
  const field = form.querySelector("[name=boxes]");
  const count = form.querySelector("[data-cover-count]");
  const drawn = new Map();
  let from = null;
  let start = null;
  let ghost = null;

  const note = () => {
    field.value = [...drawn.values()].map((box) => box.join(",")).join(";");
    count.textContent = drawn.size ? count.dataset.words.replace("{n}", drawn.size) : "";
  };
  const add = (box) => {
    const element = document.createElement("div");
    element.className = "box";
    lay(element, box);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", photo.dataset.remove);
    remove.addEventListener("click", () => {
      drawn.delete(element);
      element.remove();
      note();
    });
    element.append(remove);
    photo.append(element);
    drawn.set(element, box);
    note();
  };
  const stop = () => {
    ghost?.remove();
    from = start = ghost = null;
  };

  photo.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0 || event.target.closest(".box")) return;
    from = place(photo, event);
    start = [event.clientX, event.clientY];
  });
  photo.addEventListener("pointermove", (event) => {
    if (!from) return;
    const far = Math.hypot(event.clientX - start[0], event.clientY - start[1]);
    if (!ghost && far < WANDER) return;
    if (!ghost) {
      ghost = document.createElement("div");
      ghost.className = "box";
      photo.append(ghost);
      photo.setPointerCapture(event.pointerId);
    }
    lay(ghost, between(from, place(photo, event)));
  });
  photo.addEventListener("pointerup", (event) => {
    if (!from) return;
    const box = between(from, place(photo, event));
    const was = ghost;
    stop();
    if (was && box[2] >= LEAST && box[3] >= LEAST) {
      add(box);
      // The click that ends a drag is no tap on a cell; where none comes, the next one counts again.
      const swallow = (click) => click.preventDefault();
      photo.addEventListener("click", swallow, { capture: true });
      setTimeout(() => photo.removeEventListener("click", swallow, { capture: true }), 0);
    }
  });
  photo.addEventListener("pointercancel", stop);
  photo.addEventListener("dragstart", (event) => event.preventDefault());
  for (const part of field.value.split(";").filter(Boolean)) add(part.split(",").map(Number));
  form.querySelector("[data-cover-help]").hidden = false;
}

/** Set up every form for covering inside `root`. */
export function startCover(root) {
  root.querySelectorAll("form[data-cover]").forEach(startForm);
}
