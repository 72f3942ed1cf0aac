"""A sheet on which the demo's pictures are drawn, in the coordinates and colours of the design's drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 320, 200
# Drawn at twice the size that is kept, because Pillow draws hard edges.
PIXELS = 10
Numbers = Sequence[float]

INK, INK_2, STONE, LINE = "#26231F", "#48504B", "#8E958F", "#C7C0B1"
PATINA, SEAL, OCHRE, GOLD, LAKE, PAPER, GREEN = (
    "#17564C",
    "#A92E1E",
    "#BF8120",
    "#E0B252",
    "#5492C4",
    "#FFFDF9",
    "#7A8B5A",
)


@dataclass(frozen=True)
class Tones:
    """The colours of one variant: ground, sky, walls, windows, kerb."""

    ground: str
    sky: str
    wall: str
    window: str
    kerb: str
    mirrored: bool = False


VARIANTS = (
    Tones("#D9D4C8", "#B9C4BC", "#CFC7B6", "#8FA39B", "#A39C8C"),
    Tones("#D3D2C6", "#C3CBD0", "#D6C9B4", "#93A5B1", "#A59E92", mirrored=True),
    Tones("#DCD6CB", "#C8C7B8", "#C6C8BA", "#9A9C86", "#9F9A8B"),
)


class Canvas:
    """Shapes in units of the 320 by 200 sheet."""

    def __init__(self, tones: Tones) -> None:
        self.tones = tones
        self.image = Image.new("RGB", (WIDTH * PIXELS, HEIGHT * PIXELS), tones.ground)
        self.pen = ImageDraw.Draw(self.image)

    def rect(self, x: float, y: float, width: float, height: float, fill: str, radius: float = 0) -> None:
        """Fill a rectangle."""
        box = scaled((x, y, x + width, y + height))
        self.pen.rounded_rectangle(box, radius * PIXELS, fill)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, fill: str | None, edge: str = "", width: float = 3
    ) -> None:
        """Draw an ellipse round its middle."""
        box = scaled((x - rx, y - ry, x + rx, y + ry))
        self.pen.ellipse(box, fill, edge or None, round(width * PIXELS) if edge else 0)

    def line(self, points: Numbers, ink: str, width: float = 3) -> None:
        """Draw a line through points, with round joints."""
        self.pen.line(scaled(points), ink, round(width * PIXELS), joint="curve")

    def shape(self, points: Numbers, fill: str) -> None:
        """Fill a polygon."""
        self.pen.polygon(scaled(points), fill)

    def finished(self) -> Image.Image:
        """Return the picture at the size that is kept."""
        picture = self.image.reduce(2)
        return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if self.tones.mirrored else picture

    def street(self) -> None:
        """Draw houses, kerb and road, as every outdoor picture begins."""
        tones = self.tones
        self.rect(0, 0, WIDTH, 58, tones.sky)
        for x in (20, 180):
            self.rect(x, 0, 120, 58, tones.wall)
            for step in (14, 44, 74):
                self.rect(x + step, 12, 18, 24, tones.window)
        self.rect(0, 58, WIDTH, 10, tones.kerb)
        self.line((0, 120, WIDTH, 96), LINE)


def scaled(numbers: Numbers) -> list[float]:
    """Return numbers of the sheet in pixels."""
    return [number * PIXELS for number in numbers]
