// Chosen photos are seen before they are sent, and single ones can be taken out again.

function fill(input, files) {
  const box = new DataTransfer();
  files.forEach((file) => box.items.add(file));
  input.files = box.files;
}

function thumbnail(picker, file, index) {
  const words = picker.input.dataset;
  const item = document.createElement("li");
  const image = document.createElement("img");
  image.alt = words.alt.replace("{n}", index + 1);
  image.src = URL.createObjectURL(file);
  image.onload = image.onerror = () => URL.revokeObjectURL(image.src);
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", words.remove.replace("{n}", index + 1));
  const cross = document.createElement("span");
  cross.textContent = "×";
  cross.setAttribute("aria-hidden", "true");
  button.append(cross);
  button.addEventListener("click", () => {
    picker.files.splice(index, 1);
    show(picker);
    (picker.list.querySelectorAll("button")[Math.min(index, picker.files.length - 1)] || picker.input).focus();
  });
  item.append(image, button);
  return item;
}

function show(picker, refused = 0) {
  const words = picker.input.dataset;
  fill(picker.input, picker.files);
  picker.list.replaceChildren(...picker.files.map((file, index) => thumbnail(picker, file, index)));
  const said = refused ? words.tooMany : words.chosen;
  picker.status.textContent = picker.files.length || refused ? said.replace("{n}", picker.files.length) : "";
}

/** Wire <input type=file multiple data-photos=list-id data-status=status-id data-max=9 …texts>. */
export function startPhotos(root) {
  for (const input of root.querySelectorAll("input[data-photos]:not([data-on])")) {
    const picker = {
      input,
      files: [],
      list: document.getElementById(input.dataset.photos),
      status: document.getElementById(input.dataset.status),
    };
    if (!picker.list || !picker.status) continue;
    input.dataset.on = "";
    input.addEventListener("change", () => {
      // A second choice adds to the first: a phone's camera gives one picture at a time.
      const most = Number(input.dataset.max || 9);
      const all = [...picker.files, ...input.files];
      picker.files = all.slice(0, most);
      show(picker, all.length - picker.files.length);
    });
  }
}
