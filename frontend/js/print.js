/** Show and wire the print buttons; without JavaScript the browser's own menu prints. */
export function startPrint(root) {
  for (const button of root.querySelectorAll("button[data-print]:not([data-on])")) {
    button.dataset.on = "";
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
