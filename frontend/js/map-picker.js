// <div class="picker" data-map-picker hidden data-latitude="#id" data-longitude="#id" data-outlines=url …texts>
// (components/map_picker.html writes it). The address field is the way without JavaScript.
import { drawOutlines, drop, L, makeMap, tidyNames } from "./base-map.js";

const PLACES = 6; // about 10 cm, the most a phone can know

/** Whether a ring of [longitude, latitude] pairs holds the point; even-odd rule. */
function holds(ring, longitude, latitude) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > latitude !== yj > latitude && longitude < ((xj - xi) * (latitude - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** The outline of the town in which an option of the area's select lies; `own` is that of options outside all groups. */
function chosenTown(select, outlines, own) {
  const option = select?.selectedOptions?.[0];
  if (!option?.value) return null;
  const names = [option.closest("optgroup")?.label || own, option.textContent.trim()];
  return outlines.features.find(({ properties }) => properties?.kind === "town" && names.includes(properties.name)) || null;
}

/** The name of the innermost outline that holds the point, or nothing; outlines come from the district down. */
function areaAt(outlines, point) {
  const found = outlines.features.filter(({ geometry }) => {
    const polygons = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
    return polygons.some((rings) => holds(rings[0], point.lng, point.lat));
  });
  return found.pop()?.properties?.name || "";
}

class Picker {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.latitude = document.querySelector(this.words.latitude);
    this.longitude = document.querySelector(this.words.longitude);
    this.area = this.words.area ? document.querySelector(this.words.area) : null;
    this.status = root.querySelector("[role=status]");
    this.clearButton = root.querySelector("[data-clear]");
    this.outlines = { features: [] };
    this.marker = null;
  }

  async start() {
    this.root.hidden = false;
    const box = this.root.querySelector(".picker-map");
    Object.assign(box.dataset, { zoomIn: this.words.zoomIn, zoomOut: this.words.zoomOut, tiles: this.words.tiles || "" });
    this.map = makeMap(box);
    box.setAttribute("aria-label", this.words.label);
    this.map.on("click", (event) => this.choose(event.latlng));
    this.wire();
    try {
      this.outlines = await drawOutlines(this.map, this.words.outlines);
    } catch {
      // The ground is a help, not a need: a point can be chosen on an empty sheet or by position.
    }
    this.area?.addEventListener("change", () => this.follow());
    this.lookAtArea();
    this.showWhatStands();
  }

  /** The map starts where the form already says that it is. */
  lookAtArea() {
    const town = chosenTown(this.area, this.outlines, this.words.town);
    if (town) this.map.fitBounds(L.geoJSON(town).getBounds(), { padding: [8, 8], animate: false });
    tidyNames(this.map);
  }

  /** Another area was chosen: a point stays, but is looked at again. */
  follow() {
    if (this.marker) this.tell(this.marker.getLatLng());
    else this.lookAtArea();
  }

  wire() {
    const here = this.root.querySelector("[data-here]");
    here.hidden = !navigator.geolocation;
    here.addEventListener("click", () => this.locate());
    this.root.querySelector("[data-middle]").addEventListener("click", () => this.choose(this.map.getCenter()));
    this.clearButton.addEventListener("click", () => this.clear());
  }

  /** A form that came back with an error already holds a point. */
  showWhatStands() {
    const latitude = parseFloat(this.latitude.value);
    const longitude = parseFloat(this.longitude.value);
    if (Number.isFinite(latitude) && Number.isFinite(longitude)) this.choose(L.latLng(latitude, longitude), true);
    else this.say(this.words.none);
  }

  say(words) {
    this.status.textContent = words;
  }

  choose(point, move = false) {
    this.latitude.value = point.lat.toFixed(PLACES);
    this.longitude.value = point.lng.toFixed(PLACES);
    if (this.marker) this.marker.setLatLng(point);
    else this.place(point);
    if (move) this.map.setView(point, Math.max(this.map.getZoom(), this.words.tiles ? 14 : 12));
    this.clearButton.hidden = false;
    this.tell(point);
  }

  tell(point) {
    const area = areaAt(this.outlines, point);
    const said = (area ? this.words.chosenIn : this.words.chosen).replace("{area}", area);
    const town = chosenTown(this.area, this.outlines, this.words.town)?.properties.name || "";
    const isElsewhere = Boolean(town && area && town !== area);
    this.status.classList.toggle("elsewhere", isElsewhere);
    this.say(isElsewhere ? said + this.words.elsewhere.replace("{chosen}", town) : said);
  }

  place(point) {
    this.marker = L.marker(point, { icon: drop("chosen"), draggable: true, keyboard: false }).addTo(this.map);
    this.marker.on("dragend", () => this.choose(this.marker.getLatLng()));
  }

  clear() {
    this.latitude.value = this.longitude.value = "";
    this.marker?.remove();
    this.marker = null;
    this.clearButton.hidden = true;
    this.status.classList.remove("elsewhere");
    this.say(this.words.none);
    this.root.querySelector("[data-middle]").focus();
  }

  locate() {
    this.say(this.words.looking);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.choose(L.latLng(coords.latitude, coords.longitude), true),
      () => this.say(this.words.notFound),
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  }
}

/** Start every point picker in `root`. */
export function startPickers(root) {
  root.querySelectorAll("[data-map-picker]:not([data-on])").forEach((element) => {
    element.dataset.on = "";
    new Picker(element).start();
  });
}
